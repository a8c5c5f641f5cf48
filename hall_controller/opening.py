"""Opens the parts of the data folder: keys, store and staff, made at the first start."""

from pathlib import Path

from config.schema import HallSettings
from hall_controller.errors import StoreError
from hall_controller.keys import private_folder, store_key
from hall_controller.store.store import FILE_NAME, Store


def keys_folder(data_dir: Path) -> Path:
    """`data_dir`/keys, made with mode 0700."""
    return private_folder(private_folder(data_dir) / "keys")


def open_store(settings: HallSettings, data_dir: Path, now_ms: int) -> Store:
    """The store of `data_dir`, migrated, and the owned sites claimed. Raises HallError."""
    keys = keys_folder(data_dir)
    store = Store(data_dir, store_key(keys, (data_dir / FILE_NAME).exists()))
    try:
        codes = settings.controller.owns or [settings.site.code]
        store.claim(settings.controller.id, codes, now_ms)
    except StoreError:
        store.close()
        raise
    return store
