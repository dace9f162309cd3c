"""What goes wrong at moments rather than at calls: the backend restarts, the secret is rotated."""

import json
import random
import secrets
import threading
import time
from collections.abc import Callable

from localstack.chaos import sites
from localstack.chaos.surroundings import Surroundings
from localstack.chaos.swarm import Round


class Disturbances:
    """Follows the rounds of a run: changes the rates, and does what is due at its moment."""

    def __init__(self, surroundings: Surroundings, rounds: list[Round]) -> None:
        self._surroundings = surroundings
        self._rounds = rounds
        self._chance = random.Random(f"moments {surroundings.seed}")  # noqa: S311 - a seeded choice, not a secret
        self._stop = threading.Event()

    def run(self) -> None:
        """Live through all rounds."""
        began = time.monotonic()
        for each in self._rounds:
            self._surroundings.set_faults(each.rates)
            for moment, act in self._moments(each):
                if self._stop.wait(max(0.0, began + moment - time.monotonic())):
                    return
                act()
            if self._stop.wait(max(0.0, began + each.end - time.monotonic())):
                return

    def stop(self) -> None:
        """End before the last round does."""
        self._stop.set()

    def _moments(self, each: Round) -> list[tuple[float, Callable[[], None]]]:
        acts = {"backend.restarted": self._restart_backend, "secret.rotated": self._rotate_secret}
        due = [(self._chance.uniform(each.start, each.end), acts[site]) for site in sites.MOMENTS if site in each.rates]
        return sorted(due, key=lambda moment: moment[0])

    def _restart_backend(self) -> None:
        """The backend is away for up to ten minutes, shortened."""
        surroundings = self._surroundings
        minutes = self._chance.uniform(2, 10)
        surroundings.strikes.note("backend.restarted", f"for {minutes:.0f} minutes")
        surroundings.backend.stop()
        self._stop.wait(minutes * 60 / surroundings.time_factor)
        surroundings.start_backend()

    def _rotate_secret(self) -> None:
        """A new secret signs, the old one is still accepted; the one before that no longer is."""
        surroundings = self._surroundings
        client = surroundings.aws("secretsmanager")
        arn = surroundings.platform.outputs["callback_secret_arn"]
        old = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])["secrets"]
        surroundings.strikes.note("secret.rotated", "callback")
        document = {"secrets": [secrets.token_urlsafe(32), old[0]]}
        client.put_secret_value(SecretId=arn, SecretString=json.dumps(document))
