"""How Alembic reaches the store: through the connection that ``migrate`` hands it."""

from alembic import context

from serving.store.tables import METADATA


def run() -> None:
    """Take the steps on that connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


# Whoever reads this file for its documentation alone has no store at hand.
if hasattr(context, "config"):
    run()
