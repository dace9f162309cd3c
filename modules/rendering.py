"""The version of what makes photos and documents into outputs.

Results of an earlier attempt are used again only where they were made by the same version. It is a hash of the code
that makes them, of the libraries beside it and of the variants that the environment adds, so nobody has to remember to
count it up: a change of a quality, a width or a decoder changes it. Videos need none, since validate compares the
settings of their jobs.
"""

from collections.abc import Mapping
from typing import Final

from handlers.contract.names import RENDERING_VERSION, function_name
from handlers.contract.photo_variants import to_text
from modules.artifacts import function_archive, hash_of_all, layer_archive
from modules.environments.environment import Environment

_MAKER: Final = function_name("thumbnails")


def rendering_variables(environment: Environment) -> Mapping[str, str]:
    """The environment variable of the function that makes outputs, and of the one that decides whether it must."""
    added = to_text(environment.photo_variants)
    return {RENDERING_VERSION: hash_of_all(function_archive(_MAKER), layer_archive(environment), settings=added)}
