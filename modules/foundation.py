"""What every other construct stands on."""

from dataclasses import dataclass

from modules.encryption import Encryption
from modules.environments.environment import Environment
from modules.messaging import Messaging
from modules.storage import Storage


@dataclass(frozen=True, slots=True)
class Foundation:
    """The environment, and the parts of it that hold keys, media, messages and the secret.

    Parameters
    ----------
    callback_secret_arn
        ARN of the secret that signs callbacks.
    """

    environment: Environment
    encryption: Encryption
    storage: Storage
    messaging: Messaging
    callback_secret_arn: str
