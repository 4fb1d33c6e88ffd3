-- The first schema. Rows refer to each other by the ids of the wire, so that a relay writes
-- a whole batch without asking for numbers, and a shop's rows can move to another database
-- as they are. Times are milliseconds since the Unix epoch. A side is 1 for the visitor, 2
-- for the owner. Messages and deliveries refer to conversations without a foreign key: they
-- are only written under the conversation's row lock, and the check costs more than the row.

CREATE TABLE shops (
    id       text COLLATE "C" PRIMARY KEY,
    name     text NOT NULL,
    owner    text NOT NULL,
    added_at bigint NOT NULL
);

CREATE TABLE sites (
    shop    text COLLATE "C" NOT NULL REFERENCES shops,
    origin  text COLLATE "C" NOT NULL,
    place   integer NOT NULL,
    seen_at bigint,
    PRIMARY KEY (shop, origin)
);
CREATE INDEX sites_by_origin ON sites (origin);

-- Sign-in links that have not been used. Only the digest of the code is kept.
CREATE TABLE links (
    code  bytea PRIMARY KEY,
    shop  text COLLATE "C" NOT NULL REFERENCES shops,
    until bigint NOT NULL
);
CREATE INDEX links_by_shop ON links (shop, until);

-- Only the digest of the token is kept.
CREATE TABLE sessions (
    id       uuid PRIMARY KEY,
    token    bytea NOT NULL UNIQUE,
    shop     text COLLATE "C" NOT NULL REFERENCES shops,
    device   text NOT NULL,
    began_at bigint NOT NULL,
    seen_at  bigint NOT NULL
);
CREATE INDEX sessions_by_shop ON sessions (shop, seen_at);

-- While a conversation is closed, waiting_since is what it was, so that reopening puts it
-- back where it stood. Room is left on each page for the row's next version.
CREATE TABLE conversations (
    id             uuid PRIMARY KEY,
    shop           text COLLATE "C" NOT NULL REFERENCES shops,
    last_seq       bigint NOT NULL,
    last_at        bigint NOT NULL,
    waiting_since  bigint,
    visitor_handed bigint NOT NULL,
    visitor_opened bigint NOT NULL,
    owner_handed   bigint NOT NULL,
    owner_opened   bigint NOT NULL,
    unread         bigint NOT NULL,
    began_at       bigint NOT NULL,
    last_side      smallint NOT NULL,
    closed         boolean NOT NULL,
    secret         bytea NOT NULL,
    -- A second secret that opens it: the one of the visitor's private links.
    link_secret    bytea,
    name           text,
    locale         text,
    time_zone      text,
    page_url       text,
    page_title     text
) WITH (fillfactor = 80);
-- One index for each stretch of the inbox's list, holding only what stands there.
CREATE INDEX conversations_waiting ON conversations (shop, waiting_since, id)
    WHERE NOT closed AND waiting_since IS NOT NULL;
CREATE INDEX conversations_answered ON conversations (shop, last_at DESC, id)
    WHERE NOT closed AND waiting_since IS NULL;
CREATE INDEX conversations_closed ON conversations (shop, last_at DESC, id)
    WHERE closed;

-- The ids begin with their time (UUIDv7), so that an index that begins with them grows at
-- its end.
CREATE TABLE messages (
    conversation uuid NOT NULL,
    id           uuid NOT NULL,
    seq          bigint NOT NULL,
    at           bigint NOT NULL,
    side         smallint NOT NULL,
    -- Said by the shop's own system, not by the owner's hands.
    system       boolean NOT NULL,
    body         text NOT NULL,
    PRIMARY KEY (conversation, seq)
);
CREATE UNIQUE INDEX messages_by_id ON messages (id, conversation);

-- Pictures of messages, in their order.
CREATE TABLE pictures (
    id           uuid PRIMARY KEY,
    conversation uuid NOT NULL,
    seq          bigint NOT NULL,
    place        integer NOT NULL,
    width        bigint NOT NULL,
    height       bigint NOT NULL,
    kind         text NOT NULL,
    bytes        bytea NOT NULL,
    UNIQUE (conversation, seq, place)
);
-- They are compressed already.
ALTER TABLE pictures ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE visits (
    conversation uuid NOT NULL REFERENCES conversations,
    url          text COLLATE "C" NOT NULL,
    title        text NOT NULL,
    at           bigint NOT NULL,
    PRIMARY KEY (conversation, url)
);

-- A channel without a conversation is the owner's, in their order; one with it is of
-- the visitor in that conversation. `target` is for the channel alone to read.
CREATE TABLE channels (
    id            uuid PRIMARY KEY,
    shop          text COLLATE "C" NOT NULL REFERENCES shops,
    conversation  uuid REFERENCES conversations,
    kind          text COLLATE "C" NOT NULL,
    label         text NOT NULL,
    target        text NOT NULL,
    -- Which far side is asked, like a push service: it has so many turns at a time.
    far           text COLLATE "C" NOT NULL,
    place         bigint NOT NULL,
    added_at      bigint NOT NULL,
    -- When it is used: 0 at once, -1 on standby, else after so many minutes without an answer.
    wait_minutes  bigint NOT NULL,
    only_outside  boolean NOT NULL,
    quiet_from    bigint,
    quiet_to      bigint,
    quiet_zone    text,
    -- How it does.
    failures      bigint NOT NULL DEFAULT 0,
    failing_since bigint,
    sick_since    bigint,
    told_since    bigint,
    gone          boolean NOT NULL DEFAULT false,
    reason        text,
    handed_at     bigint,
    -- It is not used before, because its far side asked for a rest or is away.
    not_before    bigint NOT NULL DEFAULT 0,
    -- When there is something to do for it.
    next_at       bigint,
    -- The relay that works it, and until when no other one may.
    leased_by     bigint,
    leased_until  timestamptz
);
CREATE INDEX channels_of_owners ON channels (shop, place) WHERE conversation IS NULL;
CREATE INDEX channels_of_visitors ON channels (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX channels_unwell ON channels (sick_since) WHERE sick_since IS NOT NULL AND conversation IS NULL;
CREATE INDEX channels_due ON channels (next_at, kind, far, failures) WHERE next_at IS NOT NULL;

-- One row for each message and channel, written with the message. States: 1 waiting,
-- 2 under way, 3 handed over, 4 not needed any more, 5 stuck. What waits without a
-- time waits for another channel to fail.
CREATE TABLE deliveries (
    conversation uuid NOT NULL,
    seq          bigint NOT NULL,
    channel      uuid NOT NULL,
    state        smallint NOT NULL,
    -- It may have been taken by a try of which no answer came.
    doubtful     boolean NOT NULL DEFAULT false,
    since        bigint NOT NULL,
    due_at       bigint,
    tries        bigint NOT NULL DEFAULT 0,
    ended_at     bigint,
    reason       text,
    PRIMARY KEY (conversation, seq, channel)
);
CREATE INDEX deliveries_due ON deliveries (channel, due_at) WHERE state <= 2;
CREATE INDEX deliveries_open ON deliveries (channel, conversation, seq) WHERE state <= 2;
CREATE INDEX deliveries_stuck ON deliveries (channel) WHERE state = 5;
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE state > 2;

-- What a channel remembers of a conversation, and when it last handed something over.
CREATE TABLE threads (
    channel      uuid NOT NULL,
    conversation uuid NOT NULL,
    memo         text,
    handed_at    bigint NOT NULL,
    PRIMARY KEY (channel, conversation)
);
CREATE INDEX threads_by_time ON threads (channel, handed_at);

-- What an answer from a far side can refer to.
CREATE TABLE far_references (
    kind         text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    channel      uuid NOT NULL,
    conversation uuid NOT NULL,
    seq          bigint NOT NULL,
    -- The person at the channel said it there themselves.
    said         boolean NOT NULL DEFAULT false,
    at           bigint NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX far_references_by_channel ON far_references (channel);
CREATE INDEX far_references_said ON far_references (channel, conversation, seq) WHERE said;
CREATE INDEX far_references_by_age ON far_references (at);

-- What a kind of channel remembers for itself.
CREATE TABLE notes (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (kind, name)
);

-- What came from outside is taken once: the digest of the far side's own name for it.
CREATE TABLE heard (
    external     bytea PRIMARY KEY,
    conversation uuid NOT NULL,
    message      uuid NOT NULL,
    at           bigint NOT NULL
);
CREATE INDEX heard_by_age ON heard (at);

-- Answers from outside that wait for the owner's word, and their pictures.
CREATE TABLE held (
    id           uuid PRIMARY KEY,
    channel      uuid NOT NULL REFERENCES channels,
    shop         text COLLATE "C" NOT NULL REFERENCES shops,
    conversation uuid NOT NULL REFERENCES conversations,
    external     bytea NOT NULL UNIQUE,
    sender       text NOT NULL,
    reason       text NOT NULL,
    body         text NOT NULL,
    at           bigint NOT NULL
);
CREATE INDEX held_by_shop ON held (shop, at);
CREATE INDEX held_by_channel ON held (channel);

CREATE TABLE held_pictures (
    held   uuid NOT NULL REFERENCES held ON DELETE CASCADE,
    place  integer NOT NULL,
    id     uuid NOT NULL,
    width  bigint NOT NULL,
    height bigint NOT NULL,
    kind   text NOT NULL,
    bytes  bytea NOT NULL,
    PRIMARY KEY (held, place)
);
ALTER TABLE held_pictures ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Codes that link a chat, once. Only the digest is kept.
CREATE TABLE link_codes (
    code  bytea PRIMARY KEY,
    shop  text COLLATE "C" NOT NULL REFERENCES shops,
    until bigint NOT NULL
);
CREATE INDEX link_codes_by_shop ON link_codes (shop, until);

-- Each time that a copy was put back, and what may be missing since.
CREATE TABLE restores (
    epoch       bigint PRIMARY KEY,
    copied_at   bigint NOT NULL,
    restored_at bigint NOT NULL
);

-- One row that is written to find out whether the store can write.
CREATE TABLE checks (
    only_row boolean PRIMARY KEY CHECK (only_row),
    count    bigint NOT NULL
);
INSERT INTO checks VALUES (true, 0);

-- What one relay tells the others, written with what it tells of. Numbers come in the order
-- of writing and not of commits, so a reader asks again for those it has not seen yet.
CREATE TABLE wakes (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relay bigint NOT NULL,
    at    timestamptz NOT NULL DEFAULT now(),
    told  text NOT NULL
);
CREATE INDEX wakes_by_age ON wakes (at);

-- Jobs that only one relay may do at a time, like asking a mailbox for what came.
CREATE TABLE leases (
    job   text COLLATE "C" PRIMARY KEY,
    relay bigint NOT NULL,
    until timestamptz NOT NULL
);

-- The digest of the key that all relays make tokens from: the first one to come has set it.
CREATE TABLE relay_key (
    only_row boolean PRIMARY KEY CHECK (only_row),
    digest   bytea NOT NULL
);

-- A move of another database into this one: what each table has to add up to, how much of it
-- is here and how far it was read. While it is not known to be the same no relay starts here.
CREATE TABLE moving (
    name     text COLLATE "C" PRIMARY KEY,
    rows     bigint NOT NULL,
    checksum bytea NOT NULL,
    moved    bigint NOT NULL DEFAULT 0,
    reached  bytea,
    same     boolean NOT NULL DEFAULT false
);
