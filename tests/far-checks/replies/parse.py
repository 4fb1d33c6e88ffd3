"""What PyPI's mail-parser-reply takes for the latest reply of each text, in all of its languages:
as it stands there, and without what it takes for a signature or a disclaimer."""

import json
import sys

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

parser = EmailReplyParser(languages=list(MAIL_LANGUAGES))
said = []
for text in json.load(sys.stdin):
    replies = parser.read(text).replies
    said.append({"latest": replies[0].content if replies else "", "body": replies[0].body if replies else ""})
json.dump(said, sys.stdout)
