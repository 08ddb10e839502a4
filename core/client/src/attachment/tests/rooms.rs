//! Rooms of an agent's link, over interruptions.

use delivery::Event as Wire;

use super::*;

const ROOM: RoomId = RoomId([8; 16]);

fn agent() -> Bench {
    let mut bench = Bench::detached(99);
    bench.link.person = Person::Agent(v1::AttachAgent::default());
    bench.and_attached()
}

fn opened(since_seq: u64) -> Wire {
    let view = v1::RoomView { room: ROOM.to_wire(), you: 2, since_seq, ..Default::default() };
    Wire::RoomOpened(v1::RoomOpened { view: Some(view) })
}

fn word(seq: u64) -> Wire {
    Wire::RoomMessage(v1::RoomMessage { room: ROOM.to_wire(), seq, from: 1, ..Default::default() })
}

/// What the program is told, shortly.
fn told(bench: &mut Bench) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(event) = bench.take() {
        told.push(match event {
            Event::RoomOpened { .. } => "opened".into(),
            Event::RoomMessage(said) => format!("{}:{}", said.from, said.seq),
            Event::RoomMessagesMissing { from_seq, to_seq, .. } => {
                format!("{from_seq}..={to_seq} missing")
            }
            Event::RoomLost { room } => format!("{} lost", u8::from(room == ROOM)),
            Event::RoomLeft { number, .. } => format!("{number} left"),
            other => format!("{other:?}"),
        });
    }
    told
}

#[test]
fn who_comes_late_misses_nothing_and_ones_own_words_stand_in_their_place() {
    let mut bench = agent();
    bench.event(opened(41), 1);
    let (waiter, _answer) = oneshot::channel();
    let say = v1::SayInRoom { room: ROOM.to_wire(), ..Default::default() };
    let asker = program(waiter);
    let request = bench.link.request(LINK, Command::SayInRoom(say), asker, Some(&mut bench.outbox));
    bench.event(word(42), 1);
    assert_eq!(told(&mut bench), ["opened"], "41 may be one's own");
    bench.reply(request.expect("not over"), said(41));
    assert_eq!(told(&mut bench), ["2:41", "1:42"]);
}

#[test]
fn a_room_is_resumed_where_it_was_and_one_that_is_not_brought_again_is_lost() {
    let mut bench = agent();
    bench.event(opened(1), 1);
    bench.event(word(1), 1);
    assert_eq!(told(&mut bench), ["opened", "1:1"]);
    bench.link.connection_lost();
    let Command::AttachAgent(attach) = bench.link.attach_command() else { panic!("no agent") };
    assert_eq!((attach.rooms[0].seq, &attach.rooms[0].room[..]), (1, &ROOM.0[..]));
    let sent = bench.back();
    let (probe, _) = sent.iter().find(|(_, sent)| matches!(sent, Command::ReadRoom(_))).unwrap();
    bench.event(opened(1), 1);
    let (room, epoch) = (ROOM.to_wire(), Bytes::copy_from_slice(&[1; 16]));
    let resumed = v1::RoomResumed { room, from_seq: 4, to_seq: 4, epoch, complete: false };
    bench.event(Wire::RoomResumed(resumed), 1);
    bench.event(word(4), 1);
    bench.reply(*probe, delivery::Reply::Room(v1::RoomView::default()));
    assert_eq!(told(&mut bench), ["opened", "2..=3 missing", "1:4"]);

    let sent = bench.back();
    let (probe, _) = sent.iter().find(|(_, sent)| matches!(sent, Command::ReadRoom(_))).unwrap();
    bench.refuse(*probe, Code::NotFound);
    assert_eq!(told(&mut bench), ["1 lost"]);
    assert_eq!(bench.link.room_resumes(), []);
}

#[test]
fn of_a_room_that_one_has_left_nothing_is_told() {
    let mut bench = agent();
    bench.event(opened(1), 1);
    let left = |number| Wire::RoomLeft(v1::RoomLeft { room: ROOM.to_wire(), number });
    bench.event(left(1), 1);
    bench.event(word(1), 1);
    bench.event(left(2), 1);
    bench.event(word(2), 1);
    assert_eq!(told(&mut bench), ["opened", "1 left", "1:1", "2 left"]);
}
