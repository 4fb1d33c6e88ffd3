-- When a conversation's last message came, while that is what it is listed by; none while it
-- waits, for then it is listed by waiting_since. So a further message to one that waits changes
-- nothing that any index holds, and the row's next version stays on its page.
ALTER TABLE conversations ADD COLUMN listed_at bigint
    GENERATED ALWAYS AS (CASE WHEN closed OR waiting_since IS NULL THEN last_at END) STORED;
DROP INDEX conversations_answered;
CREATE INDEX conversations_answered ON conversations (shop, listed_at DESC, id)
    WHERE NOT closed AND waiting_since IS NULL;
DROP INDEX conversations_closed;
CREATE INDEX conversations_closed ON conversations (shop, listed_at DESC, id)
    WHERE closed;
