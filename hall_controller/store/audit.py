"""Checks the chains of facts from outside, also while the hall works: it takes no lock."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from hall_controller.errors import HallReason, StoreError
from hall_controller.store import chain
from hall_controller.store.chain import ChainReport
from hall_controller.store.engine import in_words, open_reading
from hall_controller.store.store import FILE_NAME


def verify(folder: Path, codes: Iterable[str]) -> list[ChainReport]:
    """One report a site, of the store in `folder`. Raises StoreError when it cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        raise StoreError(HallReason.STORE_FAILED, f"there is no store {path}")
    engine = open_reading(path)
    try:
        with engine.connect() as connection:
            return [chain.verify(connection, code) for code in codes]
    except SQLAlchemyError as error:
        detail = f"cannot read the store {path}: {in_words(error)}"
        raise StoreError(HallReason.STORE_FAILED, detail) from None
    finally:
        engine.dispose()
