-- Pictures of messages, in their order. The bytes stand last, so that what is told of a
-- picture is read without them.
CREATE TABLE pictures (
    picture      INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    bytes        BLOB NOT NULL,
    FOREIGN KEY (conversation, seq) REFERENCES messages (conversation, seq)
) STRICT;
CREATE UNIQUE INDEX pictures_by_place ON pictures (conversation, seq, place);

-- Those of answers that wait for the owner's word, and go with them.
CREATE TABLE held_pictures (
    picture INTEGER PRIMARY KEY,
    held    BLOB NOT NULL REFERENCES held ON DELETE CASCADE,
    id      BLOB NOT NULL,
    place   INTEGER NOT NULL,
    width   INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    bytes   BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX held_pictures_by_place ON held_pictures (held, place);
