-- Entities as they were last sent. `record`: number of that event in the outbox, where its bytes lie.
CREATE TABLE IF NOT EXISTS entity (
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL,
    ended INTEGER NOT NULL,
    row_hash BLOB,
    record INTEGER NOT NULL,
    PRIMARY KEY (event, key)
) WITHOUT ROWID;

-- The outbox. A parcel is records of one topic with numbers from `first` on; `connectors/parcels/` reads it.
-- places: none while all of them wait, and none where nobody knows. traces: of events; outcome, line, version, and
-- number of the event before.
CREATE TABLE IF NOT EXISTS parcel (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    topic TEXT NOT NULL,
    delivery INTEGER NOT NULL,
    at TEXT NOT NULL,
    places BLOB,
    traces BLOB
);
CREATE INDEX IF NOT EXISTS parcel_waiting ON parcel (first) WHERE waiting > 0;
CREATE INDEX IF NOT EXISTS parcel_at ON parcel (at);

-- The bytes of a parcel. head: what its events have in common; none: its records lie there whole.
CREATE TABLE IF NOT EXISTS content (
    first INTEGER PRIMARY KEY,
    head TEXT,
    records BLOB NOT NULL
);

-- Numbers of events that are no entity's last any more: their bytes are to be erased.
CREATE TABLE IF NOT EXISTS spent (
    number INTEGER PRIMARY KEY
);

-- BEGUN: being read. READ: decided and durable, not all acknowledged. COMPLETED, HELD, REFUSED: reported.
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    event TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT,
    day TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    begun_at TEXT NOT NULL,
    mapping BLOB,
    report TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS held (
    delivery INTEGER NOT NULL,
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (delivery, event, key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS approval (
    delivery INTEGER NOT NULL,
    ceiling INTEGER NOT NULL,
    released INTEGER NOT NULL,
    at TEXT NOT NULL
);

-- A delivery that was stopped because it is not what its source promised, and may be read once more.
CREATE TABLE IF NOT EXISTS admission (
    delivery INTEGER NOT NULL,
    source TEXT NOT NULL,
    code TEXT NOT NULL,
    ceiling INTEGER NOT NULL,
    at TEXT NOT NULL
);

-- Position and reason of what happened to a row, unless its event tells it (parcel.traces). Never a value: what was rejected
-- may be somebody's number.
CREATE TABLE IF NOT EXISTS fate (
    delivery INTEGER NOT NULL,
    event TEXT NOT NULL,
    key TEXT,
    outcome TEXT NOT NULL,
    code TEXT,
    column_name TEXT,
    line INTEGER,
    version INTEGER,
    outbox_seq INTEGER,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS fate_key ON fate (key);

-- Up to which offset of the Jobcenter's own topics this file knows what was sent. What stands behind it in a topic was
-- sent by a file that is gone.
CREATE TABLE IF NOT EXISTS position (
    topic TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, "partition")
) WITHOUT ROWID;
-- What is to be known of the file as a whole: whose it is, and what was asked of the operator.
CREATE TABLE IF NOT EXISTS about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
-- How a file looked when it was read, and what it hashed to; `connectors/file_hashes.py` tells when that is believed.
-- What an earlier release noted of files is found anew.
DROP TABLE IF EXISTS hashed;
CREATE TABLE IF NOT EXISTS listed (
    source TEXT NOT NULL,
    file TEXT NOT NULL,
    look TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    check_sum INTEGER NOT NULL,
    PRIMARY KEY (source, file)
) WITHOUT ROWID;
