"""Databases by the name of a variable: PostgreSQL, SQL Server, Oracle, SQLite. Drivers are installed as needed."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.errors import Retry, Stop
from connectors.postgresql import keep_foreign_days
from schemas.jobcenter import ConfigurationError
from schemas.secret import read_secret

# Dialect -> driver we use, package that brings it, and how long to wait for a connection.
_KNOWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "postgresql": ("psycopg", "psycopg[binary]", {"connect_timeout": 10}),
    "mssql": ("pymssql", "pymssql", {"login_timeout": 10, "timeout": 600}),
    "oracle": ("oracledb", "oracledb", {"tcp_connect_timeout": 10}),
    "sqlite": ("pysqlite", "Python", {"timeout": 10}),
}
# A wrong password is not tried so often that the account is locked.
_AGAIN_SECONDS = 30.0


def open_database(variable: str) -> sqlalchemy.Engine:
    """The database whose SQLAlchemy address is the secret of that name. Nothing is connected yet.

    Raises:
        Stop: E404 it is set in none of the ways of schemas/secret.py; E701 its address names no database we know,
            or a driver is missing.
    """
    try:
        address = read_secret(variable).value
    except ConfigurationError as error:
        raise Stop("E404", f"{error.where} {error.what}", de=f"{error.where} {error.de}") from None
    try:
        url = sqlalchemy.make_url(address)
    except ArgumentError:
        raise Stop("E701", f"the variable {variable} holds no database address") from None
    dialect, _, named = url.drivername.partition("+")
    if dialect not in _KNOWN:
        raise Stop("E701", f"the variable {variable} names {dialect!r}; known: {', '.join(_KNOWN)}")
    driver, package, waits = _KNOWN[dialect]
    if not named:
        url = url.set(drivername=f"{dialect}+{driver}")
    # What another driver calls its time-out we do not know.
    arguments = waits if named in ("", driver) else {}
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    except ModuleNotFoundError as error:
        package = package if named in ("", driver) else str(error.name)
        raise Stop("E701", f"for {dialect} a driver is missing: pip install '{package}'") from None
    except SQLAlchemyError as error:
        raise Stop("E701", f"the variable {variable}: {type(error).__name__}") from None
    if engine.driver == "psycopg":
        keep_foreign_days(engine)
    return engine


def read_only(connection: sqlalchemy.Connection) -> sqlalchemy.Connection:
    """The connection with one steady look at the data and no way to change them, as far as the database knows such."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    if dialect == "oracle":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    if dialect == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only=ON")
    return connection


def shown_name(engine: sqlalchemy.Engine, name: str) -> str:
    """A column's name as the database's own tools show it: Oracle's are upper case, SQLAlchemy makes them lower."""
    dialect: Any = engine.dialect
    return str(dialect.denormalize_name(name)) if dialect.requires_name_normalize else name


# Numbers of SQL Server for what asking again does not change: an unknown column or object, a view that is broken, a
# value that cannot be converted or computed with. Texts: "Database Engine events and errors" (learn.microsoft.com),
# where 942 and 904 are databases that are offline or starting, which Oracle's 942 and 904 are not. pymssql raises a
# ProgrammingError for 102, 207, 208, 2812 and 4104 alone and OperationalError for the others (its _pymssql.pyx).
_SQL_SERVER_CANNOT = {207, 208, 220, 241, 245, 248, 4413, 4502, 8114, 8115, 8134}
_SQL_SERVER_DENIES = {229, 230}  # permission on an object, on a column
# The same of Oracle ("Database Error Messages", docs.oracle.com/error-help): no such table or view (or no right to see
# it), no such column, division by zero, no number, no date, a view with errors. python-oracledb raises DatabaseError
# for all of them (its errors.py), and OperationalError for what is away.
_ORACLE_CANNOT = {942, 904, 1476, 1722, 1858, 4063}
_ORACLE_DENIES = {1031}  # insufficient privileges


def _number(origin: Any) -> tuple[int | None, bool]:
    """The number of an error and whether it is Oracle's: these have an object with a code, SQL Server's a number."""
    told: Any = origin.args[0] if origin is not None and origin.args else None
    if hasattr(told, "full_code"):
        return int(told.code), True
    if isinstance(told, tuple) and told:
        told = told[0]  # as pymssql tells why it could not connect
    return (told if isinstance(told, int) else None), False


def _is_denied(origin: Any) -> bool:
    number, is_oracle = _number(origin)
    return getattr(origin, "sqlstate", None) == "42501" or number in (
        _ORACLE_DENIES if is_oracle else _SQL_SERVER_DENIES
    )


def _cannot_ever(origin: Any) -> bool:
    """Whether asking again cannot help: the view or the query is at fault, or a value it computes with."""
    if isinstance(origin, sqlite3.OperationalError):
        return (
            origin.sqlite_errorcode == sqlite3.SQLITE_ERROR
        )  # no such table or column; locked and the like are others
    number, is_oracle = _number(origin)
    return number in (_ORACLE_CANNOT if is_oracle else _SQL_SERVER_CANNOT)


def away(error: SQLAlchemyError, what: str) -> Retry | Stop:
    """What an error of the database asks for. A driver's text may quote values or the address; its kind says enough.

    Returns:
        Stop: E403 not allowed, E414 what it is asked it cannot do, today or tomorrow; otherwise Retry E404.
    """
    origin = error.orig if isinstance(error, DBAPIError) else None
    kind = type(origin or error).__name__
    if _is_denied(origin):
        return Stop("E403", f"{what}: {kind}")
    if isinstance(error, ProgrammingError | DataError) or _cannot_ever(origin):
        return Stop("E414", f"{what}: {kind}")
    return Retry("E404", f"database of {what}: {kind}", _AGAIN_SECONDS)
