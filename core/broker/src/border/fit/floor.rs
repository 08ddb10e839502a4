//! What is watched of a floor or of queues, in frames that fit: those who are gone first, then departments, then agents or who waits. The
//! first frame keeps its kind and the totals, the others are changes.

use bytes::Bytes;
use frontdesk_proto::v1::{self, delivery as wire};
use prost::{Message, length_delimiter_len};

use super::{SLACK_BYTES, field_bytes, parted};

/// Something that stands in a list of its frame.
enum Entry {
    DepartmentGone(String),
    AgentGone(String),
    Department(v1::DepartmentRow),
    Agent(v1::AgentRow),
    SessionGone(Bytes),
    Queued(v1::QueuedRow),
}

impl Entry {
    /// What it takes: no list has a number above 15.
    fn bytes(&self) -> usize {
        let text = |bytes: usize| 1 + length_delimiter_len(bytes) + bytes;
        match self {
            Self::DepartmentGone(id) | Self::AgentGone(id) => text(id.len()),
            Self::SessionGone(id) => text(id.len()),
            Self::Department(row) => field_bytes(row),
            Self::Agent(row) => field_bytes(row),
            Self::Queued(row) => field_bytes(row),
        }
    }
}

/// Makes a list at most `frame_bytes_max` long, and returns the frames with its rest, in order.
pub(super) fn fit(delivery: &mut v1::Delivery, frame_bytes_max: usize) -> Vec<v1::Delivery> {
    let Some(event) = &mut delivery.event else { return Vec::new() };
    let entries = taken_out(event);
    let rest = rest_of(event);
    let first_room_bytes = frame_bytes_max.saturating_sub(delivery.encoded_len() + SLACK_BYTES);
    let rest = v1::Delivery { link: delivery.link, request: 0, reply: None, event: rest };
    let room_bytes = frame_bytes_max.saturating_sub(rest.encoded_len() + SLACK_BYTES);
    let mut parts = parted(entries, Entry::bytes, first_room_bytes, room_bytes).into_iter();
    if let Some(event) = &mut delivery.event {
        put_in(event, parts.next().unwrap_or_default());
    }
    let filled = |entries| {
        let mut frame = rest.clone();
        if let Some(event) = &mut frame.event {
            put_in(event, entries);
        }
        frame
    };
    parts.map(filled).collect()
}

fn taken_out(event: &mut wire::Event) -> Vec<Entry> {
    let (departments, agents) = match event {
        wire::Event::FloorSnapshot(list) => (&mut list.departments, &mut list.agents),
        wire::Event::FloorChanged(list) => {
            let gone = list.departments_gone.drain(..).map(Entry::DepartmentGone);
            let gone = gone.chain(list.agents_gone.drain(..).map(Entry::AgentGone));
            let gone: Vec<_> = gone.collect();
            let rows = list.departments.drain(..).map(Entry::Department);
            let rows = rows.chain(list.agents.drain(..).map(Entry::Agent));
            return gone.into_iter().chain(rows).collect();
        }
        wire::Event::QueuesSnapshot(list) => {
            return list.rows.drain(..).map(Entry::Queued).collect();
        }
        wire::Event::QueuesChanged(list) => {
            let gone = list.gone.drain(..).map(Entry::SessionGone);
            return gone.chain(list.rows.drain(..).map(Entry::Queued)).collect();
        }
        _ => return Vec::new(),
    };
    let rows = departments.drain(..).map(Entry::Department);
    rows.chain(agents.drain(..).map(Entry::Agent)).collect()
}

/// A frame for what doesn't fit.
fn rest_of(event: &wire::Event) -> Option<wire::Event> {
    let floor = |policy_version| {
        wire::Event::FloorChanged(v1::FloorChanged { policy_version, ..Default::default() })
    };
    match event {
        wire::Event::FloorSnapshot(list) => Some(floor(list.policy_version)),
        wire::Event::FloorChanged(list) => Some(floor(list.policy_version)),
        wire::Event::QueuesSnapshot(_) | wire::Event::QueuesChanged(_) => {
            Some(wire::Event::QueuesChanged(v1::QueuesChanged::default()))
        }
        _ => None,
    }
}

fn put_in(event: &mut wire::Event, entries: Vec<Entry>) {
    for entry in entries {
        match (&mut *event, entry) {
            (wire::Event::FloorSnapshot(list), Entry::Department(row)) => {
                list.departments.push(row);
            }
            (wire::Event::FloorSnapshot(list), Entry::Agent(row)) => list.agents.push(row),
            (wire::Event::FloorChanged(list), Entry::Department(row)) => list.departments.push(row),
            (wire::Event::FloorChanged(list), Entry::Agent(row)) => list.agents.push(row),
            (wire::Event::FloorChanged(list), Entry::DepartmentGone(id)) => {
                list.departments_gone.push(id);
            }
            (wire::Event::FloorChanged(list), Entry::AgentGone(id)) => list.agents_gone.push(id),
            (wire::Event::QueuesSnapshot(list), Entry::Queued(row)) => list.rows.push(row),
            (wire::Event::QueuesChanged(list), Entry::Queued(row)) => list.rows.push(row),
            (wire::Event::QueuesChanged(list), Entry::SessionGone(id)) => list.gone.push(id),
            _ => debug_assert!(false, "an entry of another list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 2_000;

    fn frames(event: wire::Event) -> Vec<wire::Event> {
        let mut first =
            v1::Delivery { link: u32::MAX, request: 0, reply: None, event: Some(event) };
        let mut frames = super::super::fit(&mut first, MAX);
        frames.insert(0, first);
        for frame in &frames {
            assert!(frame.encoded_len() <= MAX, "{}", frame.encoded_len());
        }
        frames.into_iter().filter_map(|frame| frame.event).collect()
    }

    #[test]
    fn a_floor_that_is_too_long_goes_on_in_changes_and_loses_nothing() {
        let department =
            |n: usize| v1::DepartmentRow { department: format!("d-{n}"), ..Default::default() };
        let agent = |n: usize| v1::AgentRow {
            agent: format!("a-{n}"),
            reason: "x".repeat(60),
            ..Default::default()
        };
        let totals = Some(v1::FloorTotals { waiting: 7, ..Default::default() });
        let told = frames(wire::Event::FloorSnapshot(v1::FloorSnapshot {
            departments: (0..100).map(department).collect(),
            agents: (0..200).map(agent).collect(),
            totals,
            policy_version: 3,
        }));
        let (mut departments, mut agents) = (Vec::new(), Vec::new());
        for (n, event) in told.iter().enumerate() {
            match event {
                wire::Event::FloorSnapshot(list) => {
                    assert_eq!((n, list.totals), (0, totals));
                    departments.extend(list.departments.clone());
                    agents.extend(list.agents.clone());
                }
                wire::Event::FloorChanged(list) => {
                    assert_eq!((n > 0, list.totals, list.policy_version), (true, None, 3));
                    departments.extend(list.departments.clone());
                    agents.extend(list.agents.clone());
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(departments, (0..100).map(department).collect::<Vec<_>>());
        assert_eq!(agents, (0..200).map(agent).collect::<Vec<_>>());
    }

    #[test]
    fn those_who_are_gone_are_told_before_those_who_came() {
        let id = |n: usize| Bytes::from(vec![n as u8; 16]);
        let row = |n: usize| v1::QueuedRow {
            session: id(n),
            visitor: "v".repeat(40),
            ..Default::default()
        };
        let gone: Vec<_> = (0..150).map(id).collect();
        let rows: Vec<_> = (150..250).map(row).collect();
        let told = frames(wire::Event::QueuesChanged(v1::QueuesChanged {
            rows: rows.clone(),
            gone: gone.clone(),
        }));
        let lists = told.into_iter().map(|event| match event {
            wire::Event::QueuesChanged(list) => list,
            other => panic!("{other:?}"),
        });
        let lists: Vec<_> = lists.collect();
        assert!(lists.len() > 3);
        assert_eq!(lists.iter().flat_map(|list| list.gone.clone()).collect::<Vec<_>>(), gone);
        assert_eq!(lists.iter().flat_map(|list| list.rows.clone()).collect::<Vec<_>>(), rows);
        let first_rows = lists.iter().position(|list| !list.rows.is_empty()).unwrap();
        assert!(lists[first_rows + 1..].iter().all(|list| list.gone.is_empty()));
    }
}
