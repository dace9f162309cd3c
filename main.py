"""The cdktf app: one Terraform stack per environment, or the one that ENV names."""

import os
import sys

from modules.environments import config


def main() -> int:
    """Write ``cdktf.out/stacks/toq-media-<env>/cdk.tf.json``; 2 when an environment's file is wrong."""
    chosen = os.environ.get("ENV")
    try:
        environments = [config.load(name) for name in ([chosen] if chosen else config.names())]
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        return 2

    from modules.stack import synthesize  # after the checks: importing cdktf takes seconds

    synthesize(environments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
