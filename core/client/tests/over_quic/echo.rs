//! A broker in small that answers each saying with another one, keeps the logs, and replays them on a resume.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use frontdesk_client::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::{Event, Reply};

use crate::broker::{Broker, EPOCH, Stream};

/// One visitor's session: what was said, and which attach counts.
#[derive(Default)]
struct Room {
    log: Vec<v1::Message>,
    attach: u64,
}

type Rooms = Arc<Mutex<HashMap<Bytes, Room>>>;

/// Serves connections until it is aborted.
pub(crate) async fn serve(broker: Arc<Broker>) {
    let rooms = Rooms::default();
    loop {
        let peer = broker.welcome(0).await;
        let rooms = rooms.clone();
        tokio::spawn(async move {
            while let Some(lane) = Stream::accept_until_closed(&peer.connection, 0x02).await {
                tokio::spawn(serve_lane(lane, rooms.clone()));
            }
            drop(peer);
        });
    }
}

async fn serve_lane(mut lane: Stream, rooms: Rooms) {
    let mut links: HashMap<u32, (Bytes, u64)> = HashMap::new();
    while let Some(v1::Command { link, request, command: Some(command) }) = lane.next().await {
        match command {
            Command::AttachVisitor(attach) => {
                let session = session_of(&attach.visitor);
                let seen = attach.resume.as_ref().map_or(0, |resume| resume.seq);
                let (number, missed) = {
                    let mut rooms = rooms.lock().expect("no panic");
                    let room = rooms.entry(session.clone()).or_default();
                    room.attach += 1;
                    (room.attach, room.log[usize::try_from(seen).expect("small")..].to_vec())
                };
                links.insert(link, (session.clone(), number));
                attached(&mut lane, link, request, &session, seen, missed).await;
            }
            Command::Ask(_) => {
                let Some((session, _)) = links.get(&link) else { continue };
                let asked = v1::Asked { session: session.clone(), ..Default::default() };
                lane.reply(link, request, Reply::Asked(asked)).await;
            }
            Command::Say(say) => {
                let Some((session, number)) = links.get(&link) else { continue };
                let Some((said, answer)) = keep(&rooms, session, *number, say) else { continue };
                let seq = said.seq;
                // Delivery may come before the reply, and every other time it does.
                let (first, last) = if seq % 4 == 1 { (answer, None) } else { (None, answer) };
                if let Some(answer) = first {
                    lane.event(link, Event::Message(answer)).await;
                }
                lane.reply(link, request, Reply::Said(said)).await;
                if let Some(answer) = last {
                    lane.event(link, Event::Message(answer)).await;
                }
            }
            _ => {}
        }
    }
}

/// A session's id is its visitor's, filled up.
fn session_of(visitor: &str) -> Bytes {
    let mut id = [0; 16];
    id[..visitor.len()].copy_from_slice(visitor.as_bytes());
    Bytes::copy_from_slice(&id)
}

async fn attached(
    lane: &mut Stream,
    link: u32,
    request: u32,
    session: &Bytes,
    seen: u64,
    missed: Vec<v1::Message>,
) {
    let attached = v1::Attached {
        link_token: Bytes::copy_from_slice(&[1; 16]),
        epoch: Bytes::copy_from_slice(&EPOCH),
        session: session.clone(),
        ..Default::default()
    };
    lane.reply(link, request, Reply::Attached(attached)).await;
    let view = v1::SessionView { session: session.clone(), you: 1, ..Default::default() };
    lane.event(link, Event::SessionOpened(v1::SessionOpened { view: Some(view) })).await;
    let resumed = v1::Resumed {
        session: session.clone(),
        epoch: Bytes::copy_from_slice(&EPOCH),
        from_seq: seen + 1,
        to_seq: seen + missed.len() as u64,
        complete: true,
    };
    lane.event(link, Event::Resumed(resumed)).await;
    for message in missed {
        lane.event(link, Event::Message(message)).await;
    }
}

/// Keeps a saying and its answer, once; nothing of a link that another one has replaced.
fn keep(
    rooms: &Rooms,
    session: &Bytes,
    number: u64,
    say: v1::Say,
) -> Option<(v1::Said, Option<v1::Message>)> {
    let mut rooms = rooms.lock().expect("no panic");
    let room = rooms.get_mut(session).filter(|room| room.attach == number)?;
    let before = room.log.iter().find(|message| message.client_message_id == say.client_message_id);
    if let Some(before) = before {
        return Some((v1::Said { seq: before.seq, wall_ms: 1, duplicate: true }, None));
    }
    let seq = room.log.len() as u64 + 1;
    let said = v1::Message {
        session: session.clone(),
        seq,
        from: 1,
        kind: say.kind,
        body: say.body,
        wall_ms: 1,
        client_message_id: say.client_message_id,
        ..v1::Message::default()
    };
    let answer = v1::Message {
        seq: seq + 1,
        from: 2,
        body: Bytes::from_static(b"I see."),
        client_message_id: Bytes::new(),
        ..said.clone()
    };
    room.log.extend([said, answer.clone()]);
    Some((v1::Said { seq, wall_ms: 1, duplicate: false }, Some(answer)))
}
