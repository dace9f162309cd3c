"""The AWS resources as cdktf constructs, one file per concern; `modules.stack` is the map."""

import os

# jsii greets each of these Node.js releases with a banner; cdktf 0.21 runs on them (it asks for 18 or newer). Set here
# because jsii starts Node.js with the first import of constructs or cdktf.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20")
# Node.js 22 and newer warn of what jsii still calls; the warning is for jsii's authors.
os.environ.setdefault("NODE_NO_WARNINGS", "1")
