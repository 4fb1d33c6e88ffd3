-- The first schema. Rows refer to each other by small integers, so that a message
-- is little more than its text; the ids of the wire stand once, beside them.
-- Times are milliseconds since the Unix epoch. A side is 1 for the visitor, 2 for the owner.

CREATE TABLE shops (
    shop     INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    owner    TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
    shop    INTEGER NOT NULL REFERENCES shops,
    origin  TEXT NOT NULL,
    place   INTEGER NOT NULL,
    seen_at INTEGER,
    PRIMARY KEY (shop, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX sites_by_origin ON sites (origin);

-- Sign-in links that have not been used. Only the digest of the code is kept.
CREATE TABLE links (
    code  BLOB NOT NULL PRIMARY KEY,
    shop  INTEGER NOT NULL REFERENCES shops,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_shop ON links (shop, until);

-- Only the digest of the token is kept.
CREATE TABLE sessions (
    id       BLOB NOT NULL PRIMARY KEY,
    token    BLOB NOT NULL UNIQUE,
    shop     INTEGER NOT NULL REFERENCES shops,
    device   TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_shop ON sessions (shop, seen_at);

-- What changes with every message stands first. While a conversation is closed,
-- waiting_since is what it was, so that reopening puts it back where it stood.
CREATE TABLE conversations (
    conversation   INTEGER PRIMARY KEY,
    id             BLOB NOT NULL UNIQUE,
    shop           INTEGER NOT NULL REFERENCES shops,
    last_seq       INTEGER NOT NULL,
    last_at        INTEGER NOT NULL,
    last_side      INTEGER NOT NULL,
    waiting_since  INTEGER,
    closed         INTEGER NOT NULL,
    unread         INTEGER NOT NULL,
    visitor_handed INTEGER NOT NULL,
    visitor_opened INTEGER NOT NULL,
    owner_handed   INTEGER NOT NULL,
    owner_opened   INTEGER NOT NULL,
    secret         BLOB NOT NULL,
    began_at       INTEGER NOT NULL,
    name           TEXT,
    locale         TEXT,
    time_zone      TEXT,
    page_url       TEXT,
    page_title     TEXT
) STRICT;
-- One index for each stretch of the inbox's list, holding only what stands there.
CREATE INDEX conversations_waiting ON conversations (shop, waiting_since, id)
    WHERE closed = 0 AND waiting_since IS NOT NULL;
CREATE INDEX conversations_answered ON conversations (shop, last_at DESC, id)
    WHERE closed = 0 AND waiting_since IS NULL;
CREATE INDEX conversations_closed ON conversations (shop, last_at DESC, id)
    WHERE closed = 1;

-- In the order of commits, so that a batch of messages of many conversations fills
-- a page or two, and not one page for each conversation. The ids begin with their
-- time (UUIDv7), so their index grows at its end too when the id comes first.
CREATE TABLE messages (
    message      INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations,
    seq          INTEGER NOT NULL,
    id           BLOB NOT NULL,
    side         INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_by_place ON messages (conversation, seq);
CREATE UNIQUE INDEX messages_by_id ON messages (id, conversation);

CREATE TABLE visits (
    conversation INTEGER NOT NULL REFERENCES conversations,
    url          TEXT NOT NULL,
    title        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, url)
) STRICT, WITHOUT ROWID;

-- One row that is written to find out whether the store can write.
CREATE TABLE checks (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO checks (only, count) VALUES (1, 0);
