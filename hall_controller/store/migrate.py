"""Brings a store to the newest schema, in code: no alembic.ini and no working folder is needed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from hall_controller.errors import HallReason, StoreError

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run every missing migration within the connection's transaction.

    Raises StoreError STORE_NEWER for a schema that this program does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            HallReason.STORE_NEWER,
            f"the store has a schema that this program does not know ({error});"
            " install the newer program that wrote it",
        ) from error
