"""listing-media-validate: from a batch's request to ``assets.json``, every asset with what is wrong with it."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from handlers.contract import names
from handlers.contract.batch import Asset, Batch
from handlers.contract.errors import AssetError, BatchRefusedError
from handlers.contract.metrics import Metric
from handlers.contract.request import BatchRequest
from handlers.files.transcode import job_request, settings_version
from handlers.runtime.execution_input import load_request
from handlers.runtime.observability import bind, count, logger, observed
from handlers.runtime.store import MediaStore, media_store
from handlers.validate import fan_out
from handlers.validate.earlier_results import EarlierResults
from handlers.validate.limits import Limits
from handlers.validate.object_check import CheckedObject, ObjectCheck, check_video_seconds
from handlers.validate.precheck import precheck, refused

THREADS: Final = 32  # S3 answers in some 20 ms; more threads than this only queue for the interpreter


@dataclass(frozen=True, slots=True)
class Validation:
    """Validation of one batch.

    Parameters
    ----------
    store
        The media bucket.
    execution_arn
        ARN of the execution that the MediaConvert jobs belong to.
    """

    store: MediaStore
    limits: Limits
    execution_arn: str

    def run(self, request: BatchRequest) -> dict[str, Any]:
        """Check every asset, write ``assets.json`` and the videos' jobs, and return the next state.

        What an earlier attempt made, and is as it would be made now, is taken over and in no further state.

        Raises
        ------
        BatchRefusedError
            The batch as a whole is over a limit.
        """
        batch = request.batch
        prechecked = precheck(batch, request.assets, self.limits)
        earlier = EarlierResults.load(self.store, batch)
        check = ObjectCheck(self.store, self.limits, earlier)
        with ThreadPoolExecutor(THREADS) as threads:
            checked = list(threads.map(lambda asset: self._checked(check, earlier, batch, asset), prechecked))
        assets = [each.asset for each in checked]
        check_video_seconds(assets, self.limits)
        self._take_over(batch, checked)
        manifest = {
            "batch": batch.to_state(),
            "assets": [asset.to_json() for asset in assets],
            "chunked": fan_out.chunked(assets),
        }
        self.store.put_json(batch.file(names.ManifestFile.ASSETS), manifest)
        count(Metric.HASHED_OBJECTS, check.hashed)
        _report(assets)
        return fan_out.state(batch, assets)

    def _checked(self, check: ObjectCheck, earlier: EarlierResults, batch: Batch, asset: Asset) -> CheckedObject:
        if not asset.valid:
            return CheckedObject(asset)
        try:
            return self._with_job(earlier, batch, check.run(asset))
        except AssetError as error:
            return CheckedObject(refused(asset, error))

    def _with_job(self, earlier: EarlierResults, batch: Batch, checked: CheckedObject) -> CheckedObject:
        """A video's job is prepared, unless an earlier one with the same settings left what still stands."""
        if checked.video is None:
            return checked
        asset = checked.asset
        job = job_request(asset.raw, self.store.bucket, checked.video, batch, asset.index, self.execution_arn)
        settings = settings_version(job)
        reused = earlier.find(asset, settings)
        if not reused:
            self.store.put_json(batch.file(names.video_job_file(asset.index)), job)
        return replace(checked, asset=replace(asset, settings=settings, reused=bool(reused)), reused=reused)

    def _take_over(self, batch: Batch, checked: Sequence[CheckedObject]) -> None:
        """Write what is reused where the states write what they make; nothing too, lest a repetition finds more."""
        if not batch.attempt:
            return
        reused = [(each.asset.index, each.reused) for each in checked if each.reused]
        results = [each.result_at(index).to_json() for index, each in reused if not each.video]
        self.store.put_json(batch.file(names.REUSED_CHUNK), {"results": results})
        videos = [video for index, each in reused if (video := each.video_at(index))]
        self.store.put_json(batch.file(names.REUSED_VIDEOS), {"videos": videos})


@cache
def _limits() -> Limits:
    return Limits.from_environment(os.environ)


@observed
def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """``{"state": <execution input>, "execution": {"arn", "startTime"}}`` to the next state."""
    store = media_store()
    execution = event["execution"]
    request = load_request(store, event["state"], execution["startTime"])
    bind(request.batch, execution["arn"])
    try:
        return Validation(store, _limits(), execution["arn"]).run(request)
    except BatchRefusedError as error:
        logger.warning("batch refused", reason=str(error))
        raise


def _report(assets: list[Asset]) -> None:
    valid = sum(asset.valid for asset in assets)
    reused = sum(asset.reused for asset in assets)
    refusals = Counter(asset.error_code for asset in assets if asset.error_code)
    logger.info("batch validated", assets=len(assets), valid=valid, reused=reused, refused=dict(refusals))
