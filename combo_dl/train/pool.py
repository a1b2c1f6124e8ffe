"""Members fitted in several processes, each on one thread; the main process only counts them."""

import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from combo_dl.train.member import fit_member
from combo_dl.train.progress import Teller
from combo_dl.train.work import Work

Job = tuple[int, int]

_work: Work | None = None


def _start(work: Work, parent: int) -> None:
    """Set up a worker: its work, one thread, and the end of it when the main process is gone."""
    global _work
    import torch

    _work = work
    torch.set_num_threads(1)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    # A worker that outlives a killed main process would write where the next run writes.
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _fit(job: Job) -> Job:
    assert _work is not None
    fit_member(_work, *job)
    return job


def fit_all(work: Work, jobs: list[Job], teller: Teller) -> None:
    """Fit every member of ``jobs``. Raises what the first failing member raised."""
    context = get_context("spawn")
    arguments = (work, os.getpid())
    workers = min(work.settings.fit.workers, len(jobs))
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=arguments) as pool:
        waiting = [pool.submit(_fit, job) for job in jobs]
        try:
            for future in as_completed(waiting):
                future.result()
                teller.done()
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
