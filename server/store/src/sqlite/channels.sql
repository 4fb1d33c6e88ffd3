-- The ways to those who are not looking, and what is on its way there.

-- A channel without a conversation is the owner's, in their order; one with it is of
-- the visitor in that conversation. `target` is for the channel alone to read.
CREATE TABLE channels (
    channel       INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE,
    shop          INTEGER NOT NULL REFERENCES shops,
    conversation  INTEGER REFERENCES conversations,
    kind          TEXT NOT NULL,
    label         TEXT NOT NULL,
    target        TEXT NOT NULL,
    -- Which far side is asked, like a push service: it has so many turns at a time.
    far           TEXT NOT NULL,
    place         INTEGER NOT NULL,
    added_at      INTEGER NOT NULL,
    -- When it is used: 0 at once, -1 on standby, else after so many minutes without an answer.
    wait_minutes  INTEGER NOT NULL,
    only_outside  INTEGER NOT NULL,
    quiet_from    INTEGER,
    quiet_to      INTEGER,
    quiet_zone    TEXT,
    -- How it does.
    failures      INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    sick_since    INTEGER,
    told_since    INTEGER,
    gone          INTEGER NOT NULL DEFAULT 0,
    reason        TEXT,
    handed_at     INTEGER,
    -- It is not used before, because its far side asked for a rest or is away.
    not_before    INTEGER NOT NULL DEFAULT 0,
    -- When there is something to do for it.
    next_at       INTEGER
) STRICT;
CREATE INDEX channels_of_owners ON channels (shop, place) WHERE conversation IS NULL;
CREATE INDEX channels_of_visitors ON channels (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX channels_unwell ON channels (sick_since) WHERE sick_since IS NOT NULL AND conversation IS NULL;
-- With what a look passes over, so that ten thousand that have to wait cost it little.
CREATE INDEX channels_due ON channels (next_at, kind, far, failures) WHERE next_at IS NOT NULL;

-- One row for each message and channel, written with the message. States: 1 waiting,
-- 2 under way, 3 handed over, 4 not needed any more, 5 stuck. What waits without a
-- time waits for another channel to fail.
CREATE TABLE deliveries (
    conversation INTEGER NOT NULL REFERENCES conversations,
    seq          INTEGER NOT NULL,
    channel      INTEGER NOT NULL REFERENCES channels,
    state        INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    due_at       INTEGER,
    tries        INTEGER NOT NULL DEFAULT 0,
    -- It may have been taken by a try of which no answer came.
    doubtful     INTEGER NOT NULL DEFAULT 0,
    ended_at     INTEGER,
    reason       TEXT,
    PRIMARY KEY (conversation, seq, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (channel, due_at) WHERE state <= 2;
CREATE INDEX deliveries_open ON deliveries (channel, conversation, seq) WHERE state <= 2;
CREATE INDEX deliveries_stuck ON deliveries (channel) WHERE state = 5;
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE state > 2;

-- What a channel remembers of a conversation, and when it last handed something over.
CREATE TABLE threads (
    channel      INTEGER NOT NULL REFERENCES channels,
    conversation INTEGER NOT NULL REFERENCES conversations,
    memo         TEXT,
    handed_at    INTEGER NOT NULL,
    PRIMARY KEY (channel, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_by_time ON threads (channel, handed_at);

-- What an answer from a far side can refer to.
CREATE TABLE far_references (
    kind         TEXT NOT NULL,
    key          TEXT NOT NULL,
    channel      INTEGER NOT NULL REFERENCES channels,
    conversation INTEGER NOT NULL REFERENCES conversations,
    seq          INTEGER NOT NULL,
    -- The person at the channel said it there themselves.
    said         INTEGER NOT NULL DEFAULT 0,
    at           INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX far_references_by_channel ON far_references (channel);
CREATE INDEX far_references_said ON far_references (channel, conversation, seq) WHERE said = 1;
CREATE INDEX far_references_by_age ON far_references (at);

-- What a kind of channel remembers for itself.
CREATE TABLE notes (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- What came from outside is taken once: the digest of the far side's own name for it.
CREATE TABLE heard (
    external     BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL,
    message      BLOB NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_by_age ON heard (at);

-- Answers from outside that wait for the owner's word.
CREATE TABLE held (
    id           BLOB NOT NULL PRIMARY KEY,
    channel      INTEGER NOT NULL REFERENCES channels,
    shop         INTEGER NOT NULL REFERENCES shops,
    conversation INTEGER NOT NULL REFERENCES conversations,
    external     BLOB NOT NULL UNIQUE,
    sender       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    body         TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by_shop ON held (shop, at);

-- Codes that link a chat, once. Only the digest is kept.
CREATE TABLE link_codes (
    code  BLOB NOT NULL PRIMARY KEY,
    shop  INTEGER NOT NULL REFERENCES shops,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_codes_by_shop ON link_codes (shop, until);

-- A second secret that opens a visitor's conversation: the one of their private links.
ALTER TABLE conversations ADD COLUMN link_secret BLOB;

-- Said by the shop's own system, not by the owner's hands.
ALTER TABLE messages ADD COLUMN system INTEGER NOT NULL DEFAULT 0;
