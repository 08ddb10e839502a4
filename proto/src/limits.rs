//! The bounds that a broker has when its configuration says nothing, each a number with its reason.
//!
//! What a connection may do is told to it in Welcome ([`for_role`]); the bounds of single fields are part of the schema and
//! don't change. Reaching a bound is refused with a code, never cut off in silence.

use crate::v1::{Limits, Role};

/// Length of an id that the broker makes, and of a sender's own message id: 128 bits can't be guessed.
pub const ID_BYTES: usize = 16;
/// Longest id that a tenant chooses, in bytes of UTF-8: a UUID or a hash in hexadecimal fits.
pub const CHOSEN_ID_BYTES_MAX: usize = 64;

/// Longest frame without its prefix, in bytes: a page of messages fits, and a lane of slow bytes can't pin much.
pub const FRAME_BYTES_MAX: u32 = 128 * 1024;
/// Longest frame on the control stream, in bytes: a Hello with the longest token, and little for who hasn't shown one yet.
pub const CONTROL_FRAME_BYTES_MAX: u32 = 8 * 1024;

/// Longest token in compact form, in bytes: signed claims with sixteen departments take a quarter of it.
pub const TOKEN_BYTES_MAX: usize = 4_096;
/// Longest name and version of a client, in bytes.
pub const CLIENT_BYTES_MAX: usize = 64;

/// Longest text body, in bytes: 2,700 Chinese characters; what is longer is a file.
pub const TEXT_BYTES_MAX: u32 = 8 * 1024;
/// Longest body of any kind, in bytes: a rich text of as many words.
pub const BODY_BYTES_MAX: u32 = 16 * 1024;
/// Longest typing preview, in bytes: what an agent reads at a glance, at a quarter of a text's cost.
pub const PREVIEW_BYTES_MAX: u32 = 2 * 1024;
/// Longest reason of a status, in bytes.
pub const REASON_BYTES_MAX: usize = 64;

/// Longest page address and referrer, in bytes: what browsers and proxies pass on safely.
pub const URL_BYTES_MAX: usize = 2_048;
/// Longest page title and other text of an arrival, in bytes.
pub const TITLE_BYTES_MAX: usize = 256;
/// Most attributes of an arrival.
pub const ATTRIBUTES_MAX: usize = 32;
/// Longest attribute key, in bytes.
pub const ATTRIBUTE_KEY_BYTES_MAX: usize = 64;
/// Longest attribute value, in bytes.
pub const ATTRIBUTE_VALUE_BYTES_MAX: usize = 256;

/// Most departments an agent receives for.
pub const AGENT_DEPARTMENTS_MAX: usize = 16;
/// Highest priority of a request, in minutes: one day.
pub const PRIORITY_MINUTES_MAX: u32 = 1_440;
/// Most rows of a watch: more than a screen shows.
pub const WATCH_ROWS_MAX: u32 = 200;
/// Rows of a watch that names no number.
pub const WATCH_ROWS_DEFAULT: u32 = 50;
/// Departments that a watch of the floor names.
pub const FLOOR_DEPARTMENTS_MAX: usize = 64;
/// Agents that a watch of the floor shows.
pub const FLOOR_AGENTS_MAX: u32 = 1_000;
/// Departments whose queues one link watches.
pub const QUEUES_MAX: usize = 16;
/// Most messages in one `MessagePage`.
pub const MESSAGE_PAGE_MAX: u32 = 64;
/// Bytes of bodies at which a `MessagePage` ends; the one that reaches it is in it.
pub const MESSAGE_PAGE_BODY_BYTES: u32 = 64 * 1024;

/// Longest note to a colleague who is asked about a session, in bytes.
pub const HANDING_NOTE_BYTES_MAX: usize = 1_024;

/// Longest text of an invitation, in bytes.
pub const INVITATION_BYTES_MAX: usize = 1_024;

/// Longest text of an announcement, in bytes: what is read in passing.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 2 * 1024;
/// Longest title of a room of colleagues, in bytes.
pub const ROOM_TITLE_BYTES_MAX: usize = 128;
/// Most members of a room of colleagues.
pub const ROOM_MEMBERS_MAX: usize = 50;

/// Longest reason of a block, in bytes: a sentence for the next agent.
pub const BLOCK_REASON_BYTES_MAX: usize = 256;
/// The longest time of a block, in milliseconds: ten years; what is longer is for good.
pub const BLOCK_MS_MAX: u64 = 10 * 365 * 86_400_000;
/// Most blocks in one `BlockPage`.
pub const BLOCK_PAGE_MAX: u32 = 100;

/// Most faults of a document that one refusal names: more than anybody corrects at once.
pub const FAULTS_MAX: usize = 64;
/// Longest path of a fault, in bytes.
pub const FAULT_PATH_BYTES_MAX: usize = 256;
/// Longest sentence of a fault, in bytes.
pub const FAULT_BYTES_MAX: usize = 512;

/// Most lanes of a gateway: each packet lost holds up a thirty-second of its links.
pub const LANES_GATEWAY_MAX: u32 = 32;
/// Most lanes of a person: one is the rule, a few let a tab of bulk reading stand aside.
pub const LANES_PERSON_MAX: u32 = 4;
/// Most links of a gateway's connection: a quarter of a million people.
pub const LINKS_GATEWAY_MAX: u32 = 262_144;
/// Most links of a person's own connection: tabs that share one.
pub const LINKS_PERSON_MAX: u32 = 16;
/// Frame bytes on the way to a link beyond those given back: eight of the longest texts, some hundreds of usual ones.
pub const LINK_CREDIT_BYTES: u32 = 64 * 1024;

/// Messages a second of a link, in the long run: no one types faster.
pub const MESSAGES_PER_S: u32 = 5;
/// Messages of a link at once: what was typed while the connection was down.
pub const MESSAGES_BURST: u32 = 20;
/// Previews a second of a link: the eye follows no more.
pub const PREVIEWS_PER_S: u32 = 5;

/// How long a connection may go without Hello, in milliseconds.
pub const HELLO_TIMEOUT_MS: u32 = 5_000;
/// Silence after which a connection is given up, in milliseconds: half of the visitor's grace of 60 s, so that it still runs.
pub const IDLE_TIMEOUT_MS: u32 = 30_000;

/// What a field costs beyond its content: a tag of two bytes and a length of three.
const FIELD_BYTES: usize = 5;
/// A message's fields beside its body: three ids, six numbers of up to ten bytes and the tags.
const MESSAGE_ENVELOPE_BYTES: usize = 3 * ID_BYTES + 6 * 10 + 11 * FIELD_BYTES;
/// The longest arrival: page and referrer, six short texts, attributes.
const ARRIVAL_BYTES_MAX: usize = 2 * (URL_BYTES_MAX + FIELD_BYTES)
    + 8 * (TITLE_BYTES_MAX + FIELD_BYTES)
    + ATTRIBUTES_MAX * (ATTRIBUTE_KEY_BYTES_MAX + ATTRIBUTE_VALUE_BYTES_MAX + 3 * FIELD_BYTES);
/// Names in a ReadCounts, and entries in each list of its answer.
pub const COUNTED_NAMES_MAX: usize = 200;
/// The longest entry of such a list: its name, which of a region is as long as a title, and four numbers.
const VISITOR_COUNTS_BYTES_MAX: usize = TITLE_BYTES_MAX + 5 * (10 + FIELD_BYTES);
/// The longest row of a list of visitors: its arrival, three chosen ids and numbers.
const VISITOR_ROW_BYTES_MAX: usize =
    ARRIVAL_BYTES_MAX + 4 * (CHOSEN_ID_BYTES_MAX + FIELD_BYTES) + 9 * (10 + FIELD_BYTES);

/// The longest row of a page of blocks: two chosen ids, a reason and numbers.
const BLOCK_ROW_BYTES_MAX: usize =
    2 * (CHOSEN_ID_BYTES_MAX + 2 * FIELD_BYTES) + BLOCK_REASON_BYTES_MAX + 4 * (10 + FIELD_BYTES);

// What the schema allows in one command or delivery must fit into a frame; what comes often, into a link's credit too.
const _: () = assert!(CONTROL_FRAME_BYTES_MAX <= FRAME_BYTES_MAX);
const _: () = assert!(
    TOKEN_BYTES_MAX + CLIENT_BYTES_MAX + 8 * FIELD_BYTES <= CONTROL_FRAME_BYTES_MAX as usize
);
const _: () =
    assert!(BODY_BYTES_MAX as usize + MESSAGE_ENVELOPE_BYTES <= LINK_CREDIT_BYTES as usize);
const _: () = assert!(TEXT_BYTES_MAX <= BODY_BYTES_MAX);
const _: () = assert!(PREVIEW_BYTES_MAX <= TEXT_BYTES_MAX);
const _: () = assert!(ARRIVAL_BYTES_MAX + 16 * CHOSEN_ID_BYTES_MAX <= FRAME_BYTES_MAX as usize);
const _: () = assert!(
    COUNTED_NAMES_MAX * VISITOR_COUNTS_BYTES_MAX
        + 2 * COUNTED_NAMES_MAX
            * (VISITOR_COUNTS_BYTES_MAX - TITLE_BYTES_MAX + CHOSEN_ID_BYTES_MAX)
        <= FRAME_BYTES_MAX as usize
);
const _: () = assert!(VISITOR_ROW_BYTES_MAX <= LINK_CREDIT_BYTES as usize);
const _: () = assert!(
    MESSAGE_PAGE_BODY_BYTES as usize
        + BODY_BYTES_MAX as usize
        + MESSAGE_PAGE_MAX as usize * MESSAGE_ENVELOPE_BYTES
        <= FRAME_BYTES_MAX as usize
);
const _: () =
    assert!((BLOCK_PAGE_MAX as usize + 1) * BLOCK_ROW_BYTES_MAX <= LINK_CREDIT_BYTES as usize);
const _: () = assert!(
    FAULTS_MAX * (FAULT_PATH_BYTES_MAX + FAULT_BYTES_MAX + 3 * FIELD_BYTES) + 4 * 1024
        <= LINK_CREDIT_BYTES as usize
);
const _: () = assert!(LANES_PERSON_MAX <= LANES_GATEWAY_MAX && LANES_PERSON_MAX >= 1);
const _: () =
    assert!(LANES_PERSON_MAX <= LINKS_PERSON_MAX && LANES_GATEWAY_MAX <= LINKS_GATEWAY_MAX);
const _: () = assert!(MESSAGES_PER_S <= MESSAGES_BURST);
const _: () = assert!(WATCH_ROWS_DEFAULT <= WATCH_ROWS_MAX);
const _: () =
    assert!(HELLO_TIMEOUT_MS < IDLE_TIMEOUT_MS, "silence before Hello is told by its own code");

/// The default limits of a connection whose token says `role`, as Welcome carries them.
pub fn for_role(role: Role) -> Limits {
    let (lanes_max, links_max) = match role {
        Role::Gateway => (LANES_GATEWAY_MAX, LINKS_GATEWAY_MAX),
        _ => (LANES_PERSON_MAX, LINKS_PERSON_MAX),
    };
    Limits {
        frame_bytes_max: FRAME_BYTES_MAX,
        lanes_max,
        links_max,
        text_bytes_max: TEXT_BYTES_MAX,
        preview_bytes_max: PREVIEW_BYTES_MAX,
        link_credit_bytes: LINK_CREDIT_BYTES,
        messages_per_s: MESSAGES_PER_S,
        messages_burst: MESSAGES_BURST,
        previews_per_s: PREVIEWS_PER_S,
        idle_timeout_ms: IDLE_TIMEOUT_MS,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use prost::Message as _;

    use super::*;
    use crate::v1;

    fn text(bytes: usize) -> String {
        "x".repeat(bytes)
    }

    fn longest_arrival() -> v1::Arrival {
        v1::Arrival {
            page: Some(v1::Page { url: text(URL_BYTES_MAX), title: text(TITLE_BYTES_MAX) }),
            referrer: text(URL_BYTES_MAX),
            search_engine: text(TITLE_BYTES_MAX),
            keyword: text(TITLE_BYTES_MAX),
            address: text(TITLE_BYTES_MAX),
            region: text(TITLE_BYTES_MAX),
            language: text(TITLE_BYTES_MAX),
            device: text(TITLE_BYTES_MAX),
            attributes: (0..ATTRIBUTES_MAX)
                .map(|i| {
                    (format!("{i:0ATTRIBUTE_KEY_BYTES_MAX$}"), text(ATTRIBUTE_VALUE_BYTES_MAX))
                })
                .collect(),
        }
    }

    fn longest_message() -> v1::Message {
        v1::Message {
            session: Bytes::from_static(&[1; ID_BYTES]),
            seq: u64::MAX,
            from: u32::MAX,
            kind: i32::MAX,
            body: vec![b'x'; BODY_BYTES_MAX as usize].into(),
            wall_ms: u64::MAX,
            client_message_id: Bytes::from_static(&[1; ID_BYTES]),
            audience: i32::MAX,
            to: u32::MAX,
            replaces: Bytes::from_static(&[1; ID_BYTES]),
        }
    }

    #[test]
    fn the_assertions_about_sizes_hold_for_the_longest_messages_there_are() {
        assert!(longest_arrival().encoded_len() <= ARRIVAL_BYTES_MAX);
        assert!(
            longest_message().encoded_len() <= BODY_BYTES_MAX as usize + MESSAGE_ENVELOPE_BYTES
        );
        let arrival = longest_arrival();
        let row = v1::VisitorRow {
            visitor: text(CHOSEN_ID_BYTES_MAX),
            site: text(CHOSEN_ID_BYTES_MAX),
            presence: i32::MAX,
            page: arrival.page,
            referrer: arrival.referrer,
            region: arrival.region,
            address: arrival.address,
            device: arrival.device,
            language: arrival.language,
            arrived_wall_ms: u64::MAX,
            pages: u32::MAX,
            links: u32::MAX,
            session: Bytes::from_static(&[1; ID_BYTES]),
            search_engine: arrival.search_engine,
            keyword: arrival.keyword,
            attributes: arrival.attributes,
            session_state: i32::MAX,
            department: text(CHOSEN_ID_BYTES_MAX),
            visit: u32::MAX,
            last_visit_wall_ms: u64::MAX,
            invited: true,
        };
        assert!(row.encoded_len() <= VISITOR_ROW_BYTES_MAX);
        let target = v1::block_target::Who::Visitor(text(CHOSEN_ID_BYTES_MAX));
        let block = v1::BlockRow {
            target: Some(v1::BlockTarget { who: Some(target) }),
            by: text(CHOSEN_ID_BYTES_MAX),
            reason: text(BLOCK_REASON_BYTES_MAX),
            since_wall_ms: u64::MAX,
            until_wall_ms: u64::MAX,
        };
        assert!(block.encoded_len() <= BLOCK_ROW_BYTES_MAX);
    }

    #[test]
    fn the_longest_page_of_messages_fits_into_a_frame() {
        let bodies = MESSAGE_PAGE_BODY_BYTES.div_ceil(BODY_BYTES_MAX) + 1;
        let mut messages = vec![longest_message(); bodies as usize];
        messages.resize(
            MESSAGE_PAGE_MAX as usize,
            v1::Message { body: Bytes::new(), ..longest_message() },
        );
        let page = v1::MessagePage { messages, next_seq: u64::MAX, last_seq: u64::MAX };
        let delivery = v1::Delivery {
            link: u32::MAX,
            request: u32::MAX,
            reply: Some(v1::delivery::Reply::MessagePage(page)),
            event: None,
        };
        assert!(delivery.encoded_len() <= FRAME_BYTES_MAX as usize);
    }

    #[test]
    fn a_gateway_may_hold_more_than_a_person_and_nobody_nothing() {
        let (gateway, person) = (for_role(Role::Gateway), for_role(Role::Visitor));
        assert!(gateway.links_max > person.links_max && gateway.lanes_max > person.lanes_max);
        assert_eq!(for_role(Role::Agent), person);
        assert!(person.lanes_max > 0 && person.links_max > 0);
    }
}
