"""Tables of the employer portal, in a schema of their own: `portal`. What it publishes comes to the board by Kafka."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Table, text

from hub.store.columns import columns
from hub.store.tables import metadata

__all__ = ["PORTAL", "job", "mail", "metadata", "step"]

PORTAL = "portal"

# One job an employer reported. `accepted` is what is published, `proposed` what waits for the Jobcenter; `version`
# counts what was ever listed, `revision` every step, so that two who act at once cannot both succeed.
job = Table(
    "job",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *columns("text", "link_key state jobcenter", mandatory=True),
    *columns("text", "organisational_unit sender"),
    *columns("long", "version revision", mandatory=True),
    *columns("json", "accepted proposed"),
    *columns("text", "refusal refusal_text"),
    *columns("day", "published_until reminded_for ended_on"),
    *columns("moment", "created_at changed_at", mandatory=True),
    schema=PORTAL,
)
Index("job_desk", job.c.jobcenter, job.c.state, job.c.id)
Index("job_until", job.c.published_until, postgresql_where=text("state IN ('WAITING', 'ACCEPTED', 'CHANGED')"))

# Who did what and when. Holds no content.
step = Table(
    "step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *columns("long", "job_id", mandatory=True),
    *columns("text", "action state actor", mandatory=True),
    *columns("moment", "done_at", mandatory=True),
    schema=PORTAL,
)
Index("step_job", step.c.job_id)

# Letters to be sent, written in the transaction of the step they tell of. Once sent, address and text are removed.
mail = Table(
    "mail",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *columns("long", "job_id", mandatory=True),
    *columns("text", "kind", mandatory=True),
    *columns("text", "recipient subject body"),
    *columns("int", "attempts", mandatory=True),
    *columns("moment", "created_at next_at", mandatory=True),
    *columns("moment", "sent_at"),
    schema=PORTAL,
)
Index("mail_due", mail.c.next_at, postgresql_where=text("sent_at IS NULL"))
