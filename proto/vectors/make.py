#!/usr/bin/env python3
"""Writes frames.txt: frames of the schema as Google's protobuf for Python encodes them.

The point of these bytes is that they come from an implementation that is not ours. Nothing here is part of the build.

    python3 -m venv /tmp/vectors && /tmp/vectors/bin/pip install protobuf grpcio-tools
    /tmp/vectors/bin/python proto/vectors/make.py           # writes frames.txt
    /tmp/vectors/bin/python proto/vectors/make.py --check   # compares it, and checks by_hand.txt too

A new vector gets its expected value in proto/tests/vectors.rs, under the same name.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import tempfile

import google.protobuf
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory, text_format
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parent
FILES = ["codes", "control", "invitations", "lane", "policy", "rooms", "service", "transfer", "types"]

SESSION = bytes(range(0x50, 0x60))
EPOCH = bytes(range(0xE0, 0xF0))
LINK_TOKEN = bytes(range(0xA0, 0xB0))
MESSAGE_ID = bytes(range(0xC0, 0xD0))
MESSAGE_ID_2 = bytes(range(0xD0, 0xE0))
MESSAGE_ID_3 = bytes(range(0xF0, 0x100))
WALL_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
U32_MAX = 2**32 - 1
U64_MAX = 2**64 - 1


def descriptors():
    """The schema's files as protoc compiles them."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "schema.bin"
        arguments = ["protoc", f"-I{SCHEMA}", f"--descriptor_set_out={out}"]
        if protoc.main(arguments + [f"frontdesk/v1/{name}.proto" for name in FILES]) != 0:
            sys.exit("the schema does not compile")
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def add_future(files):
    """The same schema as a later release might have it: fields and a command that version 1 doesn't know."""
    for file in files.file:
        for kind in file.message_type:
            if kind.name in ("Say", "Hello", "Said"):
                field = kind.field.add(name="mood", number=500, label=1, type=9, json_name="mood")
            if kind.name == "Command":
                field = kind.field.add(name="dance", number=501, label=1, type=11, json_name="dance")
                field.type_name, field.oneof_index = ".frontdesk.v1.Detach", 0
            if kind.name == "Delivery":
                field = kind.field.add(name="rain", number=502, label=1, type=11, json_name="rain")
                field.type_name, field.oneof_index = ".frontdesk.v1.Done", 1
    return files


class Schema:
    def __init__(self, files):
        pool = descriptor_pool.DescriptorPool()
        rest = list(files.file)
        while rest:  # in the order of their imports
            ready = [f for f in rest if not any(d == r.name for d in f.dependency for r in rest)]
            for file in ready:
                pool.Add(file)
                rest.remove(file)
        self.pool = pool

    def kind(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(f"frontdesk.v1.{name}"))

    def parse(self, name, text):
        return text_format.Parse(text, self.kind(name)(), descriptor_pool=self.pool)


def quoted(raw):
    """Bytes as a quoted string of the text format."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in raw) + '"'


def utf8(text):
    """Text as a `bytes` value of the text format."""
    return quoted(text.encode())


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def framed(body):
    return varint(len(body)) + body


def token():
    """A token of a development key, by nothing but the standard library, for whoever makes tokens in another language."""

    def part(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    def object_(fields):
        return part(json.dumps(fields, separators=(",", ":")).encode())

    head = object_({"alg": "HS256", "kid": "dev", "typ": "JWT"})
    claims = {"tid": "acme", "sub": "v-1", "role": "visitor", "aud": "frontdesk", "exp": 4_102_444_800}
    signed = head + b"." + object_(claims)
    return (signed + b"." + part(hmac.new(b"frontdesk vectors, never a secret", signed, hashlib.sha256).digest())).decode()


S, E, L = quoted(SESSION), quoted(EPOCH), quoted(LINK_TOKEN)
M, M2, M3 = quoted(MESSAGE_ID), quoted(MESSAGE_ID_2), quoted(MESSAGE_ID_3)
PAGE = 'page { url: "https://shop.example/beds" title: "Beds" }'
VIEW = f"""
    session: {S} state: SESSION_STATE_ACTIVE visitor: "v-1" department: "sales" you: 1
    participants {{ number: 1 role: ROLE_VISITOR id: "v-1" present: true delivered: 2 read: 1 }}
    participants {{ number: 2 role: ROLE_AGENT id: "anna" present: true }}
    last_seq: 2 first_kept_seq: 1 asked_wall_ms: {WALL_MS} assigned_wall_ms: {WALL_MS + 1500}"""
ROW = f"""
    visitor: "v-1" site: "www" presence: PRESENCE_HERE {PAGE} referrer: "https://search.example/?q=bed"
    region: "上海" address: "2001:db8::1" device: "phone" language: "zh-CN" arrived_wall_ms: {WALL_MS}
    pages: 3 links: 2 session: {S} search_engine: "search.example" keyword: "床"
    attributes {{ key: "cart" value: "2" }} attributes {{ key: "vip" value: "yes" }}
    session_state: SESSION_STATE_WAITING department: "售后" visit: 7 last_visit_wall_ms: {WALL_MS - 86_400_000} invited: true"""
ROOM_ID = bytes(range(0x10, 0x20))
R = quoted(ROOM_ID)
ROOM = f"""
    room: {R} title: "早会" of_two: true you: 2 members {{ number: 1 agent: "anna" present: true delivered: 9 read: 8 }}
    members {{ number: 2 agent: "bea" }} last_seq: 9 first_kept_seq: 3 since_seq: 2 opened_wall_ms: {WALL_MS}"""
WORDS = f'room: {R} seq: 3 from: 2 kind: MESSAGE_KIND_TEXT body: {utf8("大家好")} wall_ms: {WALL_MS + 2000} client_message_id: {M2}'
MESSAGE = f'session: {S} seq: 2 from: 2 kind: MESSAGE_KIND_TEXT body: {utf8("您好")} wall_ms: {WALL_MS + 2000} client_message_id: {M2}'

TERMS = """idle_warning_ms: 300000 idle_close_ms: 360000 words { greeting: "您好" all_busy: "请稍候" nobody_there: "请留言" still_waiting: "还在吗"
            idle_warning: "您还在吗" farewell: "再见" } still_waiting_ms: 60000 edit_ms: 120000 rating { at_end: true score_max: 5 tags: "快" tags: "好" }
        topics: "床" topics: "椅" summary_required: true form { fields { id: "name" label: "姓名" kind: FIELD_KIND_TEXT required: true bytes_max: 64 }
            fields { id: "size" kind: FIELD_KIND_CHOICE bytes_max: 32 choices: "大" choices: "小" } }
        service { first_reply_ms: 30000 reply_ms: 61000 warn_before_ms: 10000 } transfers_max: 10 tells_of_watches: true"""

# One policy in which every field of every part is set.
POLICY = f"""version: 7 sites {{ id: "www" }} sites {{ id: "shop" style: "plain" }} site_groups {{ id: "all" sites: "shop" sites: "www" }}
    departments {{ id: "sales" name: "售前" strategy: STRATEGY_WEIGHTED waiting_max: 200 reopen_at: 0 join: JOIN_WORKING
        wait_max_ms: 600000 agent_sessions_max: 3 tiers {{ tier: 2 after_ms: 10000 }} rings {{ after_ms: 20000 waives: "tax" }}
        overflow {{ after_ms: 30000 to: "售后" }} offers {{ mode: OFFER_MODE_ASKED timeout_ms: 15000 at_once: 2 declined_max: 3
            missed_max: 4 back_off_ms: 30000 }}
        wrap_up_ms: 1000 schedule: "office" sticky_ms: 5000 agent_lost: AGENT_LOST_TAIL dormant_after_ms: 90000
        terms {{ rating {{ score_max: 1 }} }} colleagues: "售后" colleagues: "sales" }}
    departments {{ id: "售后" }}
    schedules {{ id: "office" zone: "Asia/Shanghai" weekly {{ day: WEEKDAY_MONDAY from_minute: 540 until_minute: 1080 }}
        special {{ date {{ year: 2026 month: 2 day: 17 }} }}
        special {{ date {{ year: 2026 month: 2 day: 24 }} spans {{ from_minute: 600 until_minute: 1440 }} }} }}
    styles {{ id: "plain" home: "sales" receivers {{ department: "sales" }}
        regions {{ regions: "广东" regions: "广西" receivers {{ agent: "anna" }} }} unavailable: UNAVAILABLE_FALL_BACK
        fall_back_after_ms: 30000 bot: "robo" listed: LISTED_AGENTS hides_offline: true hides_department_names: true
        words {{ closed: "明天见" nobody: "请留言" full: "稍后再来" waiting: "请稍候" free: "您好" }}
        automatic_words {{ farewell: "再见" }} form {{}} }}
    skills: "tax" skills: "law" channels {{ id: "mail" weight: 50 }} bots {{ id: "robo" hidden: true takes_transfers: true }}
    dormant_percent: 25 assignment_gap_ms: 2000 visitor_grace_ms: 60000 agent_grace_ms: 61000 capacity_default: 5
    capacity_max: 50 previews: PREVIEWS_OFF visitors_max: 10000000 agents_max: 100000
    invitations {{ enabled: true shown_ms: 60000 per_visit_max: 1 per_free_agent_max: 5 pause_ms: 30000 rules {{ id: "beds" sites: "shop"
        page_ms: 20000 visit_ms: 60000 pages_min: 3 addresses: "*/beds/*" referrers: "https://search.example/*" keywords: "*床*"
        whom: WHOM_NEW regions: "广东" schedule: "office" department: "sales" text: "需要帮忙吗" }} }}
    terms {{ {TERMS} }} masks {{ card: true phone: true identity: true patterns: "[0-9]+" patterns: "密码" }}"""

# name, message, value in protobuf's text format
VECTORS = [
    # The first exchange, as in PROTOCOL.md.
    ("hello", "ControlCommand", 'hello { token: "a.b.c" version_min: 1 version_max: 1 client: "demo/1" }'),
    ("welcome", "ControlEvent", f"""welcome {{ version: 1 epoch: {E} wall_ms: {WALL_MS}
        limits {{ frame_bytes_max: 131072 lanes_max: 4 links_max: 16 text_bytes_max: 8192 preview_bytes_max: 2048
            link_credit_bytes: 65536 messages_per_s: 5 messages_burst: 20 previews_per_s: 5 idle_timeout_ms: 30000 }}
        role: ROLE_VISITOR tenant: "acme" token_expires_wall_ms: {WALL_MS + 3_600_000} }}"""),
    ("attach_visitor", "Command", f'link: 1 request: 1 attach_visitor {{ site: "www" arrival {{ {PAGE} }} }}'),
    ("attached", "Delivery", f"link: 1 request: 1 attached {{ link_token: {L} epoch: {E} previews_shown: true }}"),
    ("ask", "Command", f"""link: 1 request: 2 ask {{ department: "sales"
        opening {{ client_message_id: {M} kind: MESSAGE_KIND_TEXT body: "hi" }} }}"""),
    ("asked", "Delivery", f"link: 1 request: 2 asked {{ session: {S} opening_seq: 1 }}"),
    ("message", "Delivery", f"link: 1 message {{ {MESSAGE} }}"),
    ("say", "Command", f'link: 1 request: 3 say {{ session: {S} client_message_id: {M3} kind: MESSAGE_KIND_TEXT body: "thanks" }}'),
    ("said", "Delivery", f"link: 1 request: 3 said {{ seq: 3 wall_ms: {WALL_MS + 3000} }}"),
    ("credit", "Command", "link: 1 credit { taken_bytes: 300 }"),
    # The control stream.
    ("hello_with_token", "ControlCommand", f'hello {{ token: "{token()}" version_min: 1 version_max: 1 client: "demo/1" }}'),
    ("hello_without_anything", "ControlCommand", "hello {}"),
    ("renew_token", "ControlCommand", 'renew_token { token: "d.e.f" }'),
    ("token_renewed", "ControlEvent", f"token_renewed {{ expires_wall_ms: {WALL_MS} }}"),
    ("go_away_draining", "ControlEvent", """go_away { code: CODE_DRAINING message: "being replaced"
        retry_after_ms: 2000 remaining_ms: 10000 }"""),
    ("go_away_bad_token", "ControlEvent", 'go_away { code: CODE_BAD_TOKEN message: "the signature does not match" }'),
    ("control_refused", "ControlEvent", 'refused { code: CODE_TOKEN_EXPIRED message: "令牌已过期" subject: "exp" }'),
    # Commands.
    ("empty_command", "Command", ""),
    ("command_of_maxima", "Command", f"link: {U32_MAX} request: {U32_MAX} credit {{ taken_bytes: {U64_MAX} }}"),
    ("attach_visitor_in_full", "Command", f"""link: 300 request: 16384 attach_visitor {{ site: "www" visitor: "访客-7"
        arrival {{ {PAGE} referrer: "https://search.example/?q=bed" search_engine: "search.example" keyword: "床"
            address: "203.0.113.7" region: "上海" language: "zh-CN" device: "phone"
            attributes {{ key: "vip" value: "yes" }} attributes {{ key: "cart" value: "2" }} }}
        replaces: {L} resume {{ session: {S} epoch: {E} seq: 41 }} }}"""),
    ("attach_agent", "Command", f"""link: 2 request: 1 attach_agent {{ agent: "anna" replaces: {L}
        resume {{ session: {S} epoch: {E} seq: 7 }} resume {{ session: {L} epoch: {E} }} }}"""),
    ("attach_supervisor", "Command", 'link: 3 request: 1 attach_agent { agent: "sue" role: ROLE_SUPERVISOR }'),
    ("detach_leaving", "Command", "link: 1 request: 9 detach { departure: DEPARTURE_LEAVING }"),
    ("detach_by_default", "Command", "link: 1 detach {}"),
    ("view_page", "Command", f"link: 1 view_page {{ {PAGE} }}"),
    ("read_trail", "Command", 'link: 2 request: 3 read_trail { visitor: "v-1" }'),
    ("ask_by_gateway", "Command", 'link: 77 request: 5 ask { department: "售后" priority_minutes: 1440 }'),
    ("say_chinese", "Command", f"""link: 1 request: 4 say {{ session: {S} client_message_id: {M} kind: MESSAGE_KIND_TEXT
        body: {utf8("你好，我想问一下订单 20260101 什么时候发货？谢谢 🙏")} }}"""),
    ("say_long", "Command", f"""link: 1 request: 5 say {{ session: {S} client_message_id: {M} kind: MESSAGE_KIND_TEXT
        body: "{'0123456789' * 30}" }}"""),
    ("say_any_bytes", "Command", f"link: 1 say {{ session: {S} client_message_id: {M} kind: MESSAGE_KIND_TEXT body: {quoted(bytes(range(256)))} }}"),
    ("say_to_one", "Command", f"""link: 1 request: 6 say {{ session: {S} client_message_id: {M} kind: MESSAGE_KIND_TEXT
        body: {utf8("别催他")} audience: AUDIENCE_ONE to: 3 }}"""),
    ("say_recall", "Command", f"link: 1 request: 7 say {{ session: {S} client_message_id: {M3} kind: MESSAGE_KIND_RECALLED replaces: {M} }}"),
    ("message_for_supervisors", "Delivery", f"link: 1 message {{ {MESSAGE} audience: AUDIENCE_SUPERVISORS replaces: {M} }}"),
    ("allow_previews", "Command", f"link: 1 request: 8 allow_previews {{ session: {S} allowed: true }}"),
    ("preview", "Command", f'link: 1 preview {{ session: {S} text: "我想问" }}'),
    ("preview_of_nothing", "Command", f"link: 1 preview {{ session: {S} }}"),
    ("acknowledge", "Command", f"link: 1 acknowledge {{ session: {S} delivered: 128 read: 127 }}"),
    ("close", "Command", f"link: 2 request: 8 close {{ session: {S} }}"),
    ("read_session", "Command", f"link: 2 request: 10 read_session {{ session: {S} }}"),
    ("read_messages", "Command", f"link: 2 request: 11 read_messages {{ session: {S} from_seq: 1 messages: 64 }}"),
    ("watch_session", "Command", f"link: 3 request: 2 watch_session {{ resume {{ session: {S} epoch: {E} seq: 7 }} }}"),
    ("unwatch_session", "Command", f"link: 3 request: 3 unwatch_session {{ session: {S} }}"),
    ("sign_on", "Command", 'link: 2 request: 2 sign_on { departments: "sales" departments: "售后" capacity: 3 }'),
    ("set_status", "Command", 'link: 2 request: 3 set_status { status: STATUS_ONLINE reason: "morning" }'),
    ("sign_off", "Command", 'link: 2 request: 4 sign_off { reason: "done for today" }'),
    ("ask_in_full", "Command", 'link: 1 request: 5 ask { agent: "anna" skills: "french" skills: "billing" channel: "app" }'),
    ("sign_on_in_full", "Command", """link: 2 request: 2 sign_on { capacity: 3 skills: "french"
        posts { department: "sales" tier: 2 order: 7 weight: 40 } posts { department: "售后" } }"""),
    ("set_status_of_another", "Command", 'link: 2 request: 3 set_status { status: STATUS_AWAY reason: "lunch" agent: "bob" after_sessions: true }'),
    ("read_reception", "Command", 'link: 1 request: 30 read_reception { department: "sales" }'),
    ("reception", "Delivery", """link: 1 request: 30 reception { receiving: RECEIVING_WAITING department: "sales" waiting: 4 policy_version: 7 words: "请稍候"
        rows { department: "sales" name: "售前" receiving: RECEIVING_WAITING waiting: 4 } rows { agent: "anna" status: STATUS_BUSY } }"""),
    ("accept_offer", "Command", f"link: 2 request: 20 accept_offer {{ offer: {L} }}"),
    ("decline_offer", "Command", f"link: 2 request: 21 decline_offer {{ offer: {L} }}"),
    ("pick", "Command", f"link: 2 request: 22 pick {{ session: {S} over_capacity: true }}"),
    ("finish_notes", "Command", f"link: 2 request: 23 finish_notes {{ session: {S} }}"),
    ("hand_over", "Command", f'link: 2 request: 24 hand_over {{ session: {S} bot: "robo" }}'),
    ("take_back", "Command", f"link: 2 request: 25 take_back {{ session: {S} }}"),
    ("ask_why_waiting", "Command", f"link: 2 request: 26 ask_why_waiting {{ session: {S} }}"),
    ("ask_why_idle", "Command", 'link: 2 request: 27 ask_why_idle { agent: "bob" }'),
    ("read_work_log", "Command", 'link: 2 request: 28 read_work_log { agent: "bob" }'),
    ("read_queue", "Command", 'link: 2 request: 29 read_queue { department: "sales" rows: 200 }'),
    ("got", "Delivery", f"link: 2 request: 20 got {{ session: {S} }}"),
    ("handed_to", "Delivery", 'link: 2 request: 24 handed_to { bot: "robo" }'),
    ("why_waiting", "Delivery", f"""link: 2 request: 26 why_waiting {{ department: "sales" position: 3 policy_version: 7 others: 2
        considered {{ agent: "anna" score: {E} load: 300 capacity: 300 obstacle: OBSTACLE_FULL }} }}"""),
    ("why_idle", "Delivery", """link: 2 request: 27 why_idle { status: STATUS_BUSY load: 100 capacity: 300 obstacle: OBSTACLE_BUSY
        departments { department: "sales" waiting: 4 obstacle: OBSTACLE_BUSY } policy_version: 7 }"""),
    ("work_log", "Delivery", f'link: 2 request: 28 work_log {{ entries {{ wall_ms: {WALL_MS} status: STATUS_AWAY reason: "signed on" }} }}'),
    ("queue", "Delivery", f"""link: 2 request: 29 queue {{
        rows {{ session: {S} visitor: "v-1" position: 1 asked_wall_ms: {WALL_MS} priority_ms: 60000 }} }}"""),
    ("queue_position_with_estimate", "Delivery", f"link: 1 queue_position {{ session: {S} position: 2 estimate {{ p50_ms: 70000 p90_ms: 231000 }} }}"),
    ("status_changed_with_next", "Delivery", f"link: 2 status_changed {{ status: STATUS_ONLINE since_wall_ms: {WALL_MS} next: STATUS_AWAY }}"),
    ("offer_made", "Delivery", f"""link: 2 offer_made {{ offer: {L} session: {S} visitor: "v-1" department: "sales"
        asked_wall_ms: {WALL_MS} until_wall_ms: {WALL_MS + 15000} purpose: OFFER_PURPOSE_JOIN from: "bob" note: "常客" unseen: true }}"""),
    ("offer_ended", "Delivery", f"link: 2 offer_ended {{ offer: {L} session: {S} outcome: OFFER_OUTCOME_LOST_RACE }}"),
    ("watch_visitors", "Command", 'link: 2 request: 5 watch_visitors { site: "www" rows: 200 }'),
    ("watch_list", "Command", """link: 2 request: 16 watch_visitors { site_group: "all" department: "售后" presence: PRESENCE_AWAY
        in_session: IN_SESSION_WAITING region: "上海" keyword: "床" text: "oak" order: VISITOR_ORDER_MOST_PAGES }"""),
    ("unwatch", "Command", "link: 2 request: 6 unwatch {}"),
    ("watch_reception", "Command", 'link: 1 request: 40 watch_reception { department: "sales" }'),
    ("unwatch_reception", "Command", "link: 1 request: 41 unwatch_reception {}"),
    ("watch_floor", "Command", 'link: 2 request: 42 watch_floor { departments: "sales" departments: "售后" agents: 1000 }'),
    ("watch_queues", "Command", 'link: 2 request: 43 watch_queues { departments: "sales" rows: 200 }'),
    ("unwatch_floor", "Command", "link: 2 request: 44 unwatch_floor {}"),
    ("unwatch_queues", "Command", "link: 2 request: 45 unwatch_queues {}"),
    ("read_counts", "Command", "link: 2 request: 7 read_counts {}"),
    # The terms of a session at work.
    ("ask_with_form", "Command", 'link: 1 request: 2 ask { department: "sales" form { field: "name" value: "安娜" } form { field: "age" } by_gateway: true }'),
    ("reception_with_form", "Delivery", 'link: 1 request: 30 reception { receiving: RECEIVING_FREE form { fields { id: "name" kind: FIELD_KIND_TEXT required: true bytes_max: 64 } } }'),
    ("session_filled_in", "Delivery", f"""link: 2 request: 9 session {{ session: {S} state: SESSION_STATE_CLOSED visitor: "v-1" department: "sales" begin: BEGIN_CAUSE_GATEWAY
        you: 2 first_reply_wall_ms: {WALL_MS + 2000} ended_wall_ms: {WALL_MS + 9000} valid: true form {{ field: "name" value: "安娜" }} score: 5 }}"""),
    ("session_idle", "Delivery", f"link: 1 session_closed {{ session: {S} cause: CLOSE_CAUSE_IDLE last_seq: 4 wall_ms: {WALL_MS} valid: true }}"),
    ("rate", "Command", f'link: 1 request: 73 rate {{ session: {S} score: 5 tags: "快" tags: "好" words: "谢谢" }}'),
    ("ask_rating", "Command", f"link: 2 request: 74 ask_rating {{ session: {S} }}"),
    ("clear_away", "Command", f'link: 2 request: 75 clear_away {{ session: {S} topic: "床" summary: "想要一张床" }}'),
    ("rating_asked", "Delivery", f'link: 1 rating_asked {{ session: {S} score_max: 5 tags: "快" tags: "好" }}'),
    ("rated", "Delivery", f'link: 2 rated {{ session: {S} score: 5 tags: "快" words: "谢谢" }}'),
    ("reply_due", "Delivery", f'link: 2 reply_due {{ session: {S} agent: "anna" department: "sales" due_wall_ms: {WALL_MS + 30000} first: true }}'),
    ("session_cleared", "Delivery", f"link: 2 session_cleared {{ session: {S} }}"),
    # Several agents in a session.
    ("transfer", "Command", f'link: 2 request: 80 transfer {{ session: {S} department: "售后" note: "要发票" wait: true over_capacity: true }}'),
    ("transfer_to_agent", "Command", f'link: 2 request: 80 transfer {{ session: {S} agent: "bob" }}'),
    ("withdraw_offer", "Command", f"link: 2 request: 81 withdraw_offer {{ offer: {L} }}"),
    ("invite_colleague", "Command", f'link: 2 request: 82 invite_colleague {{ session: {S} agent: "bob" note: "常客" unseen: true }}'),
    ("invite_colleagues", "Command", f'link: 2 request: 82 invite_colleague {{ session: {S} department: "售后" }}'),
    ("join_session", "Command", f"link: 3 request: 83 join_session {{ session: {S} unseen: true }}"),
    ("leave_session", "Command", f"link: 3 request: 84 leave_session {{ session: {S} }}"),
    ("set_seen", "Command", f"link: 3 request: 85 set_seen {{ session: {S} seen: true }}"),
    ("pass_on", "Command", f'link: 2 request: 86 pass_on {{ session: {S} agent: "bob" over_capacity: true }}'),
    ("take_over", "Command", f"link: 3 request: 87 take_over {{ session: {S} over_capacity: true }}"),
    ("end_session", "Command", f"link: 3 request: 88 end_session {{ session: {S} }}"),
    ("read_transfer_targets", "Command", 'link: 2 request: 89 read_transfer_targets { after { agent: "bob" } rows: 200 }'),
    ("asking", "Delivery", f'link: 2 request: 80 asking {{ offer: {L} session: {S} agent: "bob" until_wall_ms: {WALL_MS} }}'),
    ("transfer_targets", "Delivery", """link: 2 request: 89 transfer_targets { recent { department: "售后" } recent { agent: "bob" }
        departments { department: "sales" online: 3 free: 2 waiting: 300 closed: true }
        agents { agent: "robo" status: STATUS_ONLINE free: 5 bot: true } next { department: "sales" } }"""),
    ("transfer_ended", "Delivery", f'link: 2 transfer_ended {{ session: {S} offer: {L} outcome: HANDING_OUTCOME_TIMED_OUT agent: "bob" }}'),
    ("colleague_invitation_ended", "Delivery", f"link: 2 colleague_invitation_ended {{ session: {S} offer: {L} outcome: HANDING_OUTCOME_SESSION_ENDED }}"),
    ("asked_next", "Delivery", f'link: 2 asked_next {{ offer: {L} session: {S} agent: "bob" until_wall_ms: {WALL_MS} }}'),
    ("participant_changed", "Delivery", f'link: 2 participant_changed {{ session: {S} participant {{ number: 3 role: ROLE_AGENT id: "bob" present: true }} }}'),
    ("session_watched", "Delivery", f'link: 2 session_watched {{ session: {S} by: "sue" watches: true }}'),
    ("invite", "Command", 'link: 2 request: 50 invite { visitor: "v-1" department: "sales" text: "需要帮忙吗" }'),
    ("force_session", "Command", 'link: 2 request: 51 force_session { visitor: "v-1" department: "sales" }'),
    ("withdraw_invitation", "Command", f'link: 2 request: 52 withdraw_invitation {{ visitor: "v-1" invitation: {E} }}'),
    ("answer_invitation", "Command", f"link: 1 request: 53 answer_invitation {{ invitation: {E} answer: INVITATION_ANSWER_IGNORE }}"),
    ("block_visitor", "Command", 'link: 2 request: 12 block { target { visitor: "v-1" } for_ms: 86400000 reason: "广告" }'),
    ("block_network", "Command", 'link: 2 request: 13 block { target { network: "2001:db8::/32" } }'),
    ("unblock", "Command", 'link: 2 request: 14 unblock { target { network: "192.0.2.7" } }'),
    ("read_blocks", "Command", 'link: 2 request: 15 read_blocks { after { visitor: "v-1" } blocks: 2 }'),
    ("read_counts_by", "Command", """link: 2 request: 8 read_counts { sites: "www" sites: "shop" site_groups: "all"
        regions: "上海" most: COUNT_BY_REGION most: COUNT_BY_SITE_GROUP }"""),
    ("read_policy", "Command", "link: 2 request: 31 read_policy {}"),
    ("replace_policy", "Command", f"link: 2 request: 32 replace_policy {{ policy {{ {POLICY} }} made_from: 6 }}"),
    ("attach_agent_in_rooms", "Command", f'link: 2 request: 60 attach_agent {{ agent: "anna" rooms {{ room: {R} seq: 7 epoch: {E} }} }}'),
    ("open_room", "Command", f'link: 2 request: 61 open_room {{ client_room_id: {M} title: "早会" agents: "bea" agents: "cai" }}'),
    ("talk_with", "Command", 'link: 2 request: 62 talk_with { agent: "bea" }'),
    ("invite_to_room", "Command", f'link: 2 request: 63 invite_to_room {{ room: {R} agents: "dan" }}'),
    ("leave_room", "Command", f"link: 2 request: 64 leave_room {{ room: {R} }}"),
    ("say_in_room", "Command", f"""link: 2 request: 65 say_in_room {{ room: {R} client_message_id: {M} kind: MESSAGE_KIND_TEXT body: {utf8("大家好")} }}"""),
    ("acknowledge_room", "Command", f"link: 2 request: 66 acknowledge_room {{ room: {R} delivered: 9 read: 8 }}"),
    ("read_room", "Command", f"link: 2 request: 67 read_room {{ room: {R} }}"),
    ("read_room_messages", "Command", f"link: 2 request: 68 read_room_messages {{ room: {R} from_seq: 3 messages: 64 }}"),
    ("announce", "Command", f'link: 2 request: 69 announce {{ client_message_id: {M} department: "sales" text: "四点开会" }}'),
    ("acknowledge_announcement", "Command", f"link: 2 request: 70 acknowledge_announcement {{ announcement: {E} }}"),
    # Replies.
    ("policy", "Delivery", f"link: 2 request: 31 policy {{ {POLICY} }}"),
    ("policy_replaced", "Delivery", "link: 2 request: 32 policy_replaced { version: 7 }"),
    ("refused_with_faults", "Delivery", """link: 2 request: 32 refused { code: CODE_BAD_POLICY message: "the policy has 66 faults"
        subject: "policy" faults { path: "sites[1]" fault: '"www" stands there twice' }
        faults { path: "styles[0].home" fault: 'no department is named ""' } more_faults: 64 }"""),
    ("empty_delivery", "Delivery", ""),
    ("done", "Delivery", "link: 1 request: 128 done {}"),
    ("refused", "Delivery", """link: 1 request: 3 refused { code: CODE_RATE_LIMITED message: "too many messages a second"
        retry_after_ms: 250 subject: "messages_per_s" }"""),
    ("refused_unasked", "Delivery", 'refused { code: CODE_UNKNOWN_LINK message: "no link 9 on this lane" subject: "9" }'),
    ("said_again", "Delivery", f"link: 1 request: 4 said {{ seq: {U64_MAX} wall_ms: {U64_MAX} duplicate: true }}"),
    ("attached_agent", "Delivery", f"link: 2 request: 1 attached {{ link_token: {L} epoch: {E} status: STATUS_OFFLINE }}"),
    ("attached_again", "Delivery", f"link: 1 request: 1 attached {{ link_token: {L} epoch: {E} session: {S} }}"),
    ("trail", "Delivery", f"""link: 2 request: 3 trail {{ visitor {{ {ROW} }}
        pages {{ {PAGE} entered_wall_ms: {WALL_MS} stayed_ms: 61000 }} pages {{ entered_wall_ms: {WALL_MS + 61000} }}
        folded: 12 folded_stayed_ms: 600000 }}"""),
    ("asked_existing", "Delivery", f"link: 1 request: 6 asked {{ session: {S} existing: true }}"),
    ("session", "Delivery", f"link: 2 request: 10 session {{ {VIEW} }}"),
    ("message_page", "Delivery", f"link: 2 request: 11 message_page {{ messages {{ {MESSAGE} }} messages {{ seq: 3 }} next_seq: 4 last_seq: 3 }}"),
    ("signed_on", "Delivery", "link: 2 request: 2 signed_on { status: STATUS_AWAY sessions: 1 capacity: 3 }"),
    ("watching", "Delivery", "link: 2 request: 5 watching {}"),
    ("counts", "Delivery", """link: 2 request: 7 counts { visitors_here: 1000000 visitors_away: 1 waiting: 2 sessions: 3
        agents_online: 4 agents_busy: 5 agents_away: 6 links: 7 messages: 4294967296 blocks: 8 }"""),
    ("blocked", "Delivery", f"link: 2 request: 12 blocked {{ visitors: 1 until_wall_ms: {WALL_MS + 86_400_000} }}"),
    ("block_page", "Delivery", f"""link: 2 request: 15 block_page {{
        blocks {{ target {{ visitor: "访客-7" }} by: "anna" reason: "广告" since_wall_ms: {WALL_MS} until_wall_ms: {WALL_MS + 86_400_000} }}
        blocks {{ target {{ network: "192.0.2.0/24" }} by: "bea" since_wall_ms: {WALL_MS} }} more: true total: 5 }}"""),
    ("counts_by", "Delivery", """link: 2 request: 8 counts { visitors_here: 3 breakdown {
        sites { name: "www" here: 1 away: 2 waiting: 3 active: 4 } other_sites { here: 5 } site_groups { name: "all" }
        regions { name: "上海" here: 6 } other_regions { away: 7 } no_region { active: 8 } } }"""),
    ("in_room", "Delivery", f"link: 2 request: 61 in_room {{ room: {R} existing: true }}"),
    ("room", "Delivery", f"link: 2 request: 67 room {{ {ROOM} }}"),
    ("announced", "Delivery", f"link: 2 request: 69 announced {{ announcement: {E} wall_ms: {WALL_MS} duplicate: true }}"),
    ("room_message_page", "Delivery", f"""link: 2 request: 68 room_message_page {{ messages {{ {WORDS} }} messages {{ seq: 4 }}
        next_seq: 5 last_seq: 9 }}"""),
    # Events.
    ("preview_shown", "Delivery", f'link: 2 preview_shown {{ session: {S} from: 1 text: "我想问" }}'),
    ("typing", "Delivery", f"link: 1 typing {{ session: {S} from: 2 typing: true }}"),
    ("receipt", "Delivery", f"link: 1 receipt {{ session: {S} participant: 2 delivered: 3 read: 2 }}"),
    ("link_ended", "Delivery", 'link: 1 link_ended { code: CODE_TOO_SLOW message: "attach again and resume" }'),
    ("link_ended_blocked", "Delivery", "link: 1 link_ended { code: CODE_BLOCKED }"),
    ("session_closed_blocked", "Delivery", f"link: 1 session_closed {{ session: {S} cause: CLOSE_CAUSE_BLOCKED last_seq: 1 wall_ms: {WALL_MS} valid: true }}"),
    ("session_opened", "Delivery", f"link: 1 session_opened {{ view {{ {VIEW} }} }}"),
    ("watch_ended", "Delivery", f"link: 3 watch_ended {{ session: {S} }}"),
    ("queue_position", "Delivery", f"link: 1 queue_position {{ session: {S} position: 1 }}"),
    ("participant_joined", "Delivery", f"""link: 1 participant_joined {{ session: {S}
        participant {{ number: 2 role: ROLE_AGENT id: "anna" present: true }} }}"""),
    ("participant_left", "Delivery", f"link: 1 participant_left {{ session: {S} number: 2 }}"),
    ("resumed", "Delivery", f"link: 1 resumed {{ session: {S} epoch: {E} from_seq: 42 to_seq: 44 complete: true }}"),
    ("session_closed", "Delivery", f"link: 1 session_closed {{ session: {S} cause: CLOSE_CAUSE_AGENT last_seq: 44 wall_ms: {WALL_MS} valid: true }}"),
    ("status_changed", "Delivery", f'link: 2 status_changed {{ status: STATUS_BUSY reason: "电话" since_wall_ms: {WALL_MS} }}'),
    ("visitors_snapshot", "Delivery", f'link: 2 visitors_snapshot {{ rows {{ {ROW} }} rows {{ visitor: "v-2" presence: PRESENCE_AWAY }} present: 2 }}'),
    ("invited", "Delivery", f"link: 2 request: 50 invited {{ invitation: {E} until_wall_ms: {WALL_MS} }}"),
    ("invitation_shown", "Delivery", f"""link: 1 invitation_shown {{ invitation: {E} agent: "anna" rule: "beds" department: "sales" text: "需要帮忙吗"
        until_wall_ms: {WALL_MS} }}"""),
    ("invitation_ended", "Delivery", f"""link: 2 invitation_ended {{ invitation: {E} visitor: "v-1" outcome: INVITATION_OUTCOME_SESSION_BEGAN
        session: {S} }}"""),
    ("room_opened", "Delivery", f"link: 2 room_opened {{ view {{ {ROOM} }} }}"),
    ("room_resumed", "Delivery", f"link: 2 room_resumed {{ room: {R} from_seq: 3 to_seq: 9 epoch: {E} complete: true }}"),
    ("room_message", "Delivery", f"link: 2 room_message {{ {WORDS} }}"),
    ("room_receipt", "Delivery", f"link: 2 room_receipt {{ room: {R} number: 2 delivered: 9 read: 8 }}"),
    ("room_joined", "Delivery", f'link: 2 room_joined {{ room: {R} member {{ number: 3 agent: "dan" present: true }} }}'),
    ("room_left", "Delivery", f"link: 2 room_left {{ room: {R} number: 3 }}"),
    ("announcement", "Delivery", f'link: 2 announcement {{ announcement: {E} agent: "sue" department: "sales" text: "四点开会" wall_ms: {WALL_MS} }}'),
    ("room_closed", "Delivery", f"link: 2 room_closed {{ room: {R} cause: ROOM_END_IDLE last_seq: 9 wall_ms: {WALL_MS} }}"),
    ("reception_changed", "Delivery", "link: 1 reception_changed { receiving: RECEIVING_NOBODY }"),
    ("floor_snapshot", "Delivery", f"""link: 2 floor_snapshot {{ departments {{ department: "sales" name: "售前" place: 1 waiting: 3
        waiting_since_wall_ms: {WALL_MS} offered: 1 sessions: 40 agents_online: 9 agents_busy: 2 agents_away: 4 free: 5 full: true
        begun: 1000 ended: 956 }} agents {{ agent: "anna" status: STATUS_ONLINE reason: "back" since_wall_ms: {WALL_MS} sessions: 2
        capacity: 3 load: 250 departments: "sales" departments: "售后" attached: true next: STATUS_AWAY bot: true }}
        totals {{ visitors_here: 12 visitors_away: 2 waiting: 3 waiting_since_wall_ms: {WALL_MS} offered: 1 sessions: 40
        agents_online: 9 agents_busy: 2 agents_away: 5 begun: 1000 ended: 956 }} policy_version: 7 }}"""),
    ("floor_changed", "Delivery", """link: 2 floor_changed { departments { department: "sales" place: 2 } agents { agent: "bob"
        status: STATUS_AWAY } departments_gone: "old" agents_gone: "anna" agents_gone: "cay" policy_version: 8 }"""),
    ("queues_snapshot", "Delivery", f"""link: 2 queues_snapshot {{ rows {{ session: {S} visitor: "v-1" department: "sales" rank: {E}
        asked_wall_ms: {WALL_MS} priority_ms: 300000 }} }}"""),
    ("queues_changed", "Delivery", f'link: 2 queues_changed {{ rows {{ session: {S} rank: {L} }} gone: {E} gone: {L} }}'),
    ("visitors_filling", "Delivery", "link: 2 visitors_snapshot { present: 1000000 filling: true }"),
    ("visitors_filled", "Delivery", 'link: 2 visitors_changed { rows { visitor: "v-3" } present: 1 filling: true }'),
    ("visitors_changed", "Delivery", 'link: 2 visitors_changed { gone: "v-1" gone: "v-2" present: 0 }'),
    # Enum values that version 1 doesn't know are kept as numbers.
    ("unknown_code", "Delivery", "link: 1 request: 1 refused { code: 2999 }"),
    ("unknown_status", "Command", "link: 2 request: 1 set_status { status: 77 }"),
]

# What a client of version 1 need not write alike. Most are made by a later schema; version 1 passes over what it doesn't
# know. name, message, value, value as version 1 sees it
FUTURE = [
    ("unknown_field_in_say", "Command", f'link: 1 request: 3 say {{ session: {S} body: "hi" mood: "merry" }}', f'link: 1 request: 3 say {{ session: {S} body: "hi" }}'),
    ("unknown_field_in_hello", "ControlCommand", 'hello { token: "a.b.c" version_min: 1 version_max: 9 mood: "新" }', 'hello { token: "a.b.c" version_min: 1 version_max: 9 }'),
    ("unknown_field_in_said", "Delivery", 'link: 1 request: 3 said { seq: 3 mood: "merry" }', "link: 1 request: 3 said { seq: 3 }"),
    ("unknown_command", "Command", "link: 1 request: 4 dance { departure: DEPARTURE_LEAVING }", "link: 1 request: 4"),
    ("unknown_event", "Delivery", "link: 1 rain {}", "link: 1"),
    # Some implementations write an empty map value, some leave it out.
    ("attribute_without_value", "Command", *['link: 1 attach_visitor { arrival { attributes { key: "vip" value: "" } } }'] * 2),
]

# What must be refused. name, message, bytes, code
REFUSED = [
    ("length_one_past_the_bound", "Command", varint(131_073), "CODE_FRAME_TOO_LONG"),
    ("length_two_to_the_31", "Command", varint(2**31) + b"\0" * 8, "CODE_FRAME_TOO_LONG"),
    ("length_of_all_ones", "Command", varint(U32_MAX), "CODE_FRAME_TOO_LONG"),
    ("length_of_33_bits", "Command", varint(2**32), "CODE_PROTOCOL"),
    ("length_of_64_bits", "Command", varint(U64_MAX), "CODE_PROTOCOL"),
    ("length_that_never_ends", "Command", b"\x80" * 12, "CODE_PROTOCOL"),
    ("cut_off_in_the_length", "Command", b"\x80", "CODE_FRAME_CUT_OFF"),
    ("cut_off_before_the_first_byte", "Command", b"\x05", "CODE_FRAME_CUT_OFF"),
    ("cut_off_in_the_frame", "Command", b"\x04\x08\x01\x10", "CODE_FRAME_CUT_OFF"),
    ("text_that_is_no_utf8", "ControlCommand", framed(b"\x0a\x04\x0a\x02\xff\xfe"), "CODE_MALFORMED"),
    ("text_with_a_lone_surrogate", "Command", framed(b"\x22\x05\x12\x03\xed\xa0\x80"), "CODE_MALFORMED"),
    ("field_longer_than_the_frame", "Command", framed(b"\x1a\x7f\x0a"), "CODE_MALFORMED"),
    ("wire_type_7", "Command", framed(b"\x0f\x01"), "CODE_MALFORMED"),
    ("field_number_0", "Command", framed(b"\x00\x01"), "CODE_MALFORMED"),
    ("varint_without_end", "Command", framed(b"\x08" + b"\xff" * 11), "CODE_MALFORMED"),
]

HEAD = f"""\
# Frames of frontdesk.v1, made by vectors/make.py with Google's protobuf for Python. Don't edit.
#
# [name], then
#   message  the message of frontdesk.v1 that the frame holds
#   bytes    the whole frame in hexadecimal, length prefix first; lines add up
#   value    what it says, in protobuf's text format
#   reencode no, where a client may write other bytes: it passes over unknown fields, or leaves out an empty map value
#   refused  instead of a value: the code that answers these bytes when the stream ends after them (frame_bytes_max 131072)
"""


def block(name, kind, raw, last):
    hexed = raw.hex(" ")
    lines = [hexed[i : i + 96].strip() for i in range(0, len(hexed), 96)]
    return "\n".join([f"[{name}]", f"message {kind}", *(f"bytes {line}" for line in lines), *last, ""])


def one_line(value):
    return text_format.MessageToString(value, as_utf8=True, as_one_line=True).strip()


def make():
    now, future = Schema(descriptors()), Schema(add_future(descriptors()))
    blocks = [HEAD]
    for name, kind, text in VECTORS:
        value = now.parse(kind, text)
        raw = value.SerializeToString(deterministic=True)
        blocks.append(block(name, kind, framed(raw), [f"value {one_line(value)}".strip()]))
    for name, kind, text, seen in FUTURE:
        raw = future.parse(kind, text).SerializeToString(deterministic=True)
        value = now.kind(kind).FromString(raw)
        value.DiscardUnknownFields()
        assert value == now.parse(kind, seen), name
        blocks.append(block(name, kind, framed(raw), [f"value {one_line(value)}", "reencode no"]))
    for name, kind, raw, code in REFUSED:
        if code == "CODE_MALFORMED":
            try:
                now.kind(kind).FromString(raw[1:])
                sys.exit(f"{name} is accepted by protobuf {google.protobuf.__version__}")
            except message.DecodeError:
                pass
        blocks.append(block(name, kind, raw, [f"refused {code}"]))
    return "\n".join(blocks), now


def check_by_hand(schema):
    """by_hand.txt was written by a person; Google's protobuf must read the same from it."""
    for part in (HERE / "by_hand.txt").read_text().split("\n[")[1:]:
        lines = [line.split("#")[0].split(maxsplit=1) for line in part.splitlines()[1:]]
        fields = [line for line in lines if len(line) == 2]
        raw = bytes.fromhex("".join(rest for key, rest in fields if key == "bytes"))
        kind, value = (next((rest.strip() for key, rest in fields if key == wanted), "") for wanted in ("message", "value"))
        assert raw[0] == len(raw) - 1 < 128, part
        assert schema.kind(kind).FromString(raw[1:]) == schema.parse(kind, value), part


def main():
    made, schema = make()
    file = HERE / "frames.txt"
    if sys.argv[1:] == ["--check"]:
        check_by_hand(schema)
        if file.read_text() != made:
            sys.exit("frames.txt is not what make.py makes of the schema")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        file.write_text(made)


if __name__ == "__main__":
    main()
