"""What earlier attempts of a batch made that need not be made again.

Each attempt leaves ``reusable.json`` beside its result (`handlers.result.reusable`), with what it had taken over itself
in it. The newest few are read. Whatever is wrong with one is a reason to work anew, never to fail.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Self

from botocore.exceptions import ClientError

from handlers.contract.batch import Asset, Batch
from handlers.contract.names import ManifestFile
from handlers.result.reusable import Reusable, Source, read_reusable
from handlers.runtime.attempts import find_attempts
from handlers.runtime.observability import logger
from handlers.runtime.store import MediaStore

# An attempt's file names all it could use of those before it, so one is enough after a good attempt; more are for
# attempts that were refused, or stopped on the way.
MOST_ATTEMPTS: Final = 5


class EarlierResults:
    """Results of earlier attempts, by what they were made from; safe to share between threads.

    Parameters
    ----------
    results
        The newest attempt's first.
    etags
        Of the objects that stand now where their outputs stood, by key.
    """

    def __init__(self, results: Iterable[Reusable] = (), etags: Mapping[str, str] | None = None) -> None:
        self._etags = etags or {}
        self._by_source: Mapping[Source, list[Reusable]] = defaultdict(list)
        for result in results:
            self._by_source[result.source].append(result)

    @classmethod
    def load(cls, store: MediaStore, batch: Batch) -> Self:
        """Read what the attempts before this one left.

        Raises
        ------
        botocore.exceptions.ClientError
            S3 failed, which a repetition may mend.
        """
        found = _attempts(store, batch) if batch.attempt else []
        results = [result for prefix in found[:MOST_ATTEMPTS] for result in _read(store, prefix)]
        # Listed folder by folder, not asked for one by one: 10,000 photos have 50,000 outputs.
        keys = (key for result in results for key in result.result["outputs"].values())
        folders = {f"{key.rpartition('/')[0]}/" for key in keys}
        return cls(results, {key: etag for each in sorted(folders) for key, etag in store.list_etags(each).items()})

    def knows(self, asset: Asset) -> bool:
        """Whether an earlier attempt has processed this very version of the raw object, and found it as announced."""
        return bool(self._of(asset))

    def find(self, asset: Asset, settings: str | None) -> Reusable | None:
        """The newest result that was made from the same, by the same settings, and whose outputs all still stand."""
        fitting = (result for result in self._of(asset) if result.settings == settings)
        return next((result for result in fitting if self._stands(result)), None)

    def _of(self, asset: Asset) -> list[Reusable]:
        source = Source.of(asset)
        return self._by_source.get(source, []) if source else []

    def _stands(self, reusable: Reusable) -> bool:
        """Whether each output is the object that was made: the ETag changes with the content (Amazon S3 "Object")."""
        result = reusable.result_at(0)
        return all(self._etags.get(key) == result.etags.get(name, "") for name, key in result.outputs.items())


def _attempts(store: MediaStore, batch: Batch) -> list[str]:
    """Manifest prefixes of the batch's earlier attempts, the newest first."""
    every = find_attempts(store, str(batch.listing_id), str(batch.batch_id))
    return [prefix for number, prefix in sorted(every, reverse=True) if number < batch.attempt]


def _read(store: MediaStore, prefix: str) -> Iterator[Reusable]:
    key = f"{prefix}{ManifestFile.REUSABLE}"
    try:
        document: Any = store.find_json(key)
        yield from read_reusable(document) if document is not None else []
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise
        logger.warning("results of an earlier attempt cannot be read", key=key, reason=str(error))
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, nested without end, or not of the form
        logger.warning("results of an earlier attempt are damaged", key=key, reason=str(error)[:300])
