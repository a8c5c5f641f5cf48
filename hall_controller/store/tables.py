"""The schema, in words that SQLite and PostgreSQL share. Migrations create it; a test compares.

Times are epoch milliseconds. `facts` is what happened; the other tables are what the program
reads, and can be made anew from the facts. Only `people` holds a person, encrypted.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text))

# A site's owner is the one controller that may issue its tickets; whoever claims the site raises
# the epoch, and a commit under an older epoch fails. The head is the last link of the hash chain.
sites = Table(
    "sites",
    metadata,
    Column("site", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("head_seq", BigInteger, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("claimed_ms", BigInteger, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("site", Text, ForeignKey("sites.site"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", Text),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

replies = Table(
    "replies",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_replies_at_ms", "at_ms"),
)

people = Table(
    "people",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("digest"),
)

# The columns of a ticket, call, window, terminal and peripheral are the fields of the struct of
# that name in `core/`, with the site before them. `person_id` is no foreign key: retention
# deletes the person and leaves the ticket.
tickets = Table(
    "tickets",
    metadata,
    Column("site", Text, ForeignKey("sites.site"), nullable=False),
    Column("ticket_id", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("business_day", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("item_id", Text),
    Column("person_id", Text),
    Column("request_id", Text),
    Column("state", Text, nullable=False),
    Column("print_outcome", Text),
    Column("window", Text),
    Column("call_id", Text),
    Column("call_times", Integer, nullable=False),
    Column("called_ms", BigInteger),
    Column("served_ms", BigInteger),
    Column("ended_ms", BigInteger),
    UniqueConstraint("site", "queue", "business_day", "sequence"),
    Index("ix_tickets_request_id", "request_id"),
)

calls = Table(
    "calls",
    metadata,
    Column("site", Text, ForeignKey("sites.site"), nullable=False),
    Column("call_id", Text, primary_key=True),
    Column("ticket_id", Text, ForeignKey("tickets.ticket_id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("window", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("ix_calls_at_ms", "site", "at_ms"),
)

windows = Table(
    "windows",
    metadata,
    Column("site", Text, ForeignKey("sites.site"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("clerk", Text),
    Column("ticket_id", Text),
    Column("reason", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("last_act", JSON),
)

terminals = Table(
    "terminals",
    metadata,
    Column("site", Text, ForeignKey("sites.site"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("past_runs", JSON, nullable=False),
)

peripherals = Table(
    "peripherals",
    metadata,
    Column("site", Text, ForeignKey("sites.site"), primary_key=True),
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # in the terminal's own order
    Column("driver", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("paper", Text),
    Column("cover_open", Boolean),
    Column("detail", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

# Withdrawals that overtook their request.
tombstones = Table(
    "tombstones",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("ix_tombstones_at_ms", "at_ms"),
)
