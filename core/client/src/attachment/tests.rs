//! A link driven by hand: what the broker would send goes in, frames and events come out.

use std::sync::Arc;

use frontdesk_proto::frame;
use prost::Message as _;
use tokio::sync::Semaphore;

use super::*;

mod rooms;

const SESSION: SessionId = SessionId([7; 16]);
const LINK: u32 = 5;

struct Bench {
    link: Attachment,
    outbox: Outbox,
    attached: oneshot::Receiver<Result<v1::Attached, AttachError>>,
}

fn limits() -> v1::Limits {
    v1::Limits { link_credit_bytes: 100, ..Default::default() }
}

impl Bench {
    fn detached(events_max: usize) -> Self {
        let person =
            Person::Visitor(v1::AttachVisitor { site: "www".into(), ..Default::default() });
        let bounds = Bounds { events_max, deliveries: Deliveries::Explicit };
        let (awaited, attached) = oneshot::channel();
        let link = Attachment::new(bounds, person, awaited);
        Self { link, outbox: Outbox::new(0), attached }
    }

    fn attached(events_max: usize) -> Self {
        Self::detached(events_max).and_attached()
    }

    /// A supervisor's link that acknowledges by itself and watches the session.
    fn watching() -> Self {
        let mut bench = Self::detached(9);
        bench.link.person = Person::Agent(v1::AttachAgent::default());
        bench.link.bounds.deliveries = Deliveries::Automatic;
        let mut bench = bench.and_attached();
        let view = v1::SessionView { session: SESSION.to_wire(), ..Default::default() };
        bench.event(delivery::Event::SessionOpened(v1::SessionOpened { view: Some(view) }), 1);
        bench.message(1, 1);
        assert!(bench.take().is_some() && bench.take().is_some());
        bench
    }

    fn and_attached(mut self) -> Self {
        assert!(self.link.attach(LINK, &limits(), &mut self.outbox));
        assert_eq!(self.attached_by([1; 16]), Upshot::GoOn);
        self.sent();
        self
    }

    fn attached_by(&mut self, epoch: [u8; 16]) -> Upshot {
        let attached = v1::Attached {
            link_token: Bytes::copy_from_slice(&[9; 16]),
            epoch: Bytes::copy_from_slice(&epoch),
            session: SESSION.to_wire(),
            ..Default::default()
        };
        self.reply(ATTACH_REQUEST, delivery::Reply::Attached(attached))
    }

    fn reply(&mut self, request: u32, reply: delivery::Reply) -> Upshot {
        let delivery = v1::Delivery { link: LINK, request, reply: Some(reply), event: None };
        self.link.deliver(LINK, delivery, 1, &mut self.outbox)
    }

    fn refuse(&mut self, request: u32, code: Code) -> Upshot {
        let refused = v1::Refused { code: code as i32, ..Default::default() };
        self.reply(request, delivery::Reply::Refused(refused))
    }

    fn event(&mut self, event: delivery::Event, frame_bytes: u64) -> Upshot {
        let delivery = v1::Delivery { link: LINK, request: 0, reply: None, event: Some(event) };
        self.link.deliver(LINK, delivery, frame_bytes, &mut self.outbox)
    }

    fn message(&mut self, seq: u64, frame_bytes: u64) -> Upshot {
        let message = v1::Message { session: SESSION.to_wire(), seq, ..Default::default() };
        self.event(delivery::Event::Message(message), frame_bytes)
    }

    fn ended(&mut self, code: Code) -> Upshot {
        let ended = v1::LinkEnded { code: code as i32, message: String::new() };
        self.event(delivery::Event::LinkEnded(ended), 1)
    }

    fn say(&mut self, text: &'static str) -> (u32, oneshot::Receiver<Answer>) {
        let (waiter, answered) = oneshot::channel();
        let body = Bytes::from_static(text.as_bytes());
        let say = v1::Say { session: SESSION.to_wire(), body, ..Default::default() };
        let asker = program(waiter);
        let request = self.link.request(LINK, Command::Say(say), asker, Some(&mut self.outbox));
        (request.expect("the link is not over"), answered)
    }

    fn sent(&mut self) -> Vec<(u32, Command)> {
        let mut reader = frame::Reader::new(u32::MAX);
        reader.push(self.outbox.take(std::time::Instant::now()).freeze());
        let mut sent = Vec::new();
        while let Some(frame) = reader.next().expect("whole frames") {
            let command = v1::Command::decode(frame).expect("a command");
            sent.push((command.request, command.command.expect("a known one")));
        }
        sent
    }

    /// The connection is lost and made again; gives what is sent after the attach.
    fn back(&mut self) -> Vec<(u32, Command)> {
        self.link.connection_lost();
        self.link.attach(LINK, &limits(), &mut self.outbox);
        self.sent();
        self.attached_by([1; 16]);
        assert!(self.take().is_some() && self.take().is_some(), "cut off and back");
        self.sent()
    }

    fn give_up(&mut self, request: u32) -> bool {
        self.link.give_up(LINK, request, Some(&mut self.outbox))
    }

    fn take(&mut self) -> Option<Event> {
        self.link.take_event(LINK, Some(&mut self.outbox))
    }
}

fn program(waiter: oneshot::Sender<Answer>) -> Asker {
    let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("the first of one");
    Asker::Program(waiter, permit)
}

fn said(seq: u64) -> delivery::Reply {
    delivery::Reply::Said(v1::Said { seq, ..Default::default() })
}

fn seq_of(event: Option<Event>) -> u64 {
    match event {
        Some(Event::Message(message)) => message.seq,
        other => panic!("no message but {other:?}"),
    }
}

#[test]
fn the_first_attach_answers_whoever_waits_and_makes_no_event() {
    let mut bench = Bench::attached(9);
    assert!(bench.attached.try_recv().expect("answered").is_ok());
    assert_eq!(bench.take(), None);
}

#[test]
fn a_refused_first_attach_is_the_end_and_its_answer_says_why() {
    let mut bench = Bench::detached(9);
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    assert_eq!(bench.refuse(ATTACH_REQUEST, Code::UnknownSite), Upshot::End);
    let answer = bench.attached.try_recv().expect("answered");
    assert!(matches!(answer, Err(AttachError::Refused(why)) if why.is(Code::UnknownSite)));
}

#[test]
fn credit_comes_back_when_the_program_takes_events_not_when_they_come() {
    let mut bench = Bench::attached(9);
    bench.message(1, 40);
    bench.message(2, 40);
    assert!(bench.sent().is_empty());
    assert_eq!(seq_of(bench.take()), 1);
    assert!(bench.sent().is_empty(), "41 of 100 are less than half");
    assert_eq!(seq_of(bench.take()), 2);
    let taken = Command::Credit(v1::Credit { taken_bytes: 81 });
    assert_eq!(bench.sent(), [(0, taken)]);
}

#[test]
fn credit_of_replies_and_of_unknown_events_comes_back_at_once() {
    let mut bench = Bench::attached(9);
    let unknown = v1::Delivery { link: LINK, ..Default::default() };
    bench.link.deliver(LINK, unknown, 60, &mut bench.outbox);
    let taken = Command::Credit(v1::Credit { taken_bytes: 61 });
    assert_eq!(bench.sent(), [(0, taken)]);
    assert_eq!(bench.take(), None);
}

#[test]
fn a_link_whose_events_were_dropped_takes_them_as_they_come() {
    let mut bench = Bench::attached(9);
    bench.message(1, 30);
    bench.link.drop_events(LINK, Some(&mut bench.outbox));
    bench.message(2, 30);
    let taken = Command::Credit(v1::Credit { taken_bytes: 61 });
    assert_eq!(bench.sent(), [(0, taken)]);
}

#[test]
fn after_a_lost_connection_what_was_not_known_to_be_said_is_said_again_in_order() {
    let mut bench = Bench::attached(9);
    let (first, _) = bench.say("first");
    let (second, mut answered) = bench.say("second");
    bench.sent();
    bench.reply(first, said(1));
    bench.link.connection_lost();
    let (third, _answered) = bench.say("third");
    assert!(bench.sent().is_empty(), "nothing leaves while cut off");

    assert!(bench.link.attach(LINK, &limits(), &mut bench.outbox));
    let sent = bench.sent();
    let [(ATTACH_REQUEST, Command::AttachVisitor(attach))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(attach.replaces[..], [9; 16]);
    bench.attached_by([1; 16]);
    let requests: Vec<u32> = bench.sent().into_iter().map(|(request, _)| request).collect();
    assert_eq!(requests, [second, third]);
    bench.reply(second, said(2));
    assert!(matches!(answered.try_recv(), Ok(Ok(delivery::Reply::Said(_)))));
}

#[test]
fn an_attach_after_an_interruption_goes_on_where_the_log_ended() {
    let mut bench = Bench::attached(9);
    bench.message(1, 1);
    bench.message(2, 1);
    bench.link.connection_lost();
    let Command::AttachVisitor(attach) = bench.link.attach_command() else { panic!("a visitor") };
    let resume = attach.resume.expect("a resume");
    assert_eq!((resume.seq, &resume.epoch[..]), (2, &[1; 16][..]));
}

#[test]
fn an_interruption_and_its_end_are_told_once_however_many_attempts_it_took() {
    let mut bench = Bench::attached(9);
    bench.link.connection_lost();
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    bench.link.connection_lost();
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    bench.attached_by([2; 16]);
    assert_eq!(bench.take(), Some(Event::Interrupted(Interruption::ConnectionLost)));
    assert_eq!(bench.take(), Some(Event::Reconnected { memory: Memory::Renewed }));
    assert_eq!(bench.take(), None);
}

#[test]
fn a_link_that_was_too_slow_rests_until_the_program_has_read() {
    let mut bench = Bench::attached(9);
    bench.message(1, 1);
    assert_eq!(bench.ended(Code::TooSlow), Upshot::Rest);
    assert!(!bench.link.catch_up());
    assert!(!bench.link.attach(LINK, &limits(), &mut bench.outbox));
    assert_eq!(seq_of(bench.take()), 1);
    assert_eq!(bench.take(), Some(Event::Interrupted(Interruption::TooSlow)));
    assert!(bench.link.catch_up());
    assert!(bench.link.attach(LINK, &limits(), &mut bench.outbox));
}

#[test]
fn a_full_queue_takes_the_link_off_and_loses_nothing() {
    let mut bench = Bench::attached(3);
    for seq in 1..=3 {
        assert_eq!(bench.message(seq, 1), Upshot::GoOn);
    }
    assert_eq!(bench.message(4, 1), Upshot::Rest);
    assert!(matches!(bench.sent()[..], [(0, Command::Detach(_))]));
    for seq in 1..=4 {
        assert_eq!(seq_of(bench.take()), seq);
    }
}

#[test]
fn a_replaced_link_is_over_and_whoever_waits_is_told_so() {
    let mut bench = Bench::attached(9);
    let (_, mut answered) = bench.say("too late");
    assert_eq!(bench.ended(Code::Replaced), Upshot::End);
    let answer = answered.try_recv().expect("answered");
    assert!(matches!(answer, Err(RequestError::Ended(EndReason::Replaced))));
    assert_eq!(bench.take(), Some(Event::Ended(EndReason::Replaced)));
    bench.link.connection_lost();
    assert!(!bench.link.attach(LINK, &limits(), &mut bench.outbox));
}

#[test]
fn a_link_ended_for_a_time_is_attached_again_and_one_ended_by_a_stop_is_not() {
    assert!(matches!(Bench::attached(9).ended(Code::Busy), Upshot::AttachAfter(_)));
    assert_eq!(Bench::attached(9).ended(Code::Misbehaved), Upshot::End);
    assert_eq!(Bench::attached(9).ended(Code::NotPermitted), Upshot::End);
}

#[test]
fn a_link_that_the_broker_does_not_know_is_attached_again_with_its_requests() {
    let mut bench = Bench::attached(9);
    let (request, mut answered) = bench.say("hello");
    bench.sent();
    assert_eq!(bench.refuse(request, Code::UnknownLink), Upshot::AttachAfter(Duration::ZERO));
    assert!(answered.try_recv().is_err(), "still waiting");
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    bench.sent();
    bench.attached_by([1; 16]);
    assert!(matches!(bench.sent()[..], [(again, Command::Say(_))] if again == request));
}

#[test]
fn a_refused_resume_is_tried_once_without_and_then_given_up() {
    let mut bench = Bench::attached(9);
    bench.message(1, 1);
    bench.link.connection_lost();
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    assert_eq!(bench.refuse(ATTACH_REQUEST, Code::NotFound), Upshot::AttachAfter(Duration::ZERO));
    bench.sent();
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    let sent = bench.sent();
    let [(_, Command::AttachVisitor(attach))] = &sent[..] else { panic!("{sent:?}") };
    assert!(attach.resume.is_none() && attach.replaces.is_empty());
    assert_eq!(bench.refuse(ATTACH_REQUEST, Code::NotFound), Upshot::End);
}

#[test]
fn a_close_whose_first_answer_was_lost_is_done_when_the_session_is_closed() {
    let mut bench = Bench::attached(9);
    let (waiter, mut answered) = oneshot::channel();
    let close = Command::Close(v1::Close { session: SESSION.to_wire() });
    let asker = program(waiter);
    let request = bench.link.request(LINK, close, asker, Some(&mut bench.outbox)).expect("made");
    bench.link.connection_lost();
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    bench.attached_by([1; 16]);
    bench.refuse(request, Code::SessionClosed);
    assert!(matches!(answered.try_recv(), Ok(Ok(delivery::Reply::Done(_)))));
}

#[test]
fn an_unblock_whose_first_answer_was_lost_is_done_when_there_is_no_such_block() {
    for sendings in 1..=2 {
        let mut bench = Bench::attached(9);
        let (waiter, mut answered) = oneshot::channel();
        let unblock = Command::Unblock(v1::Unblock::default());
        let asker = program(waiter);
        let request =
            bench.link.request(LINK, unblock, asker, Some(&mut bench.outbox)).expect("made");
        if sendings == 2 {
            bench.link.connection_lost();
            bench.link.attach(LINK, &limits(), &mut bench.outbox);
            bench.attached_by([1; 16]);
        }
        bench.refuse(request, Code::NotFound);
        let is_done = matches!(answered.try_recv(), Ok(Ok(delivery::Reply::Done(_))));
        assert_eq!(is_done, sendings == 2, "the first sending's answer is as it came");
    }
}

#[test]
fn an_opening_gets_its_place_before_what_overtook_it() {
    let mut bench = Bench::attached(9);
    let (waiter, _answered) = oneshot::channel();
    let opening = v1::Say { body: Bytes::from_static(b"help"), ..Default::default() };
    let ask = v1::Ask { opening: Some(opening), ..Default::default() };
    let asker = program(waiter);
    let request =
        bench.link.request(LINK, Command::Ask(ask), asker, Some(&mut bench.outbox)).expect("made");
    bench.message(2, 1);
    assert_eq!(bench.take(), None);
    let asked = v1::Asked { session: SESSION.to_wire(), existing: false, opening_seq: 1 };
    bench.reply(request, delivery::Reply::Asked(asked));
    assert_eq!((seq_of(bench.take()), seq_of(bench.take())), (1, 2));
}

#[test]
fn an_opening_answered_before_the_news_of_its_session_is_told_all_the_same() {
    let mut bench = Bench::attached(9);
    let (waiter, _answered) = oneshot::channel();
    let opening = v1::Say { body: Bytes::from_static(b"help"), ..Default::default() };
    let ask = v1::Ask { opening: Some(opening), ..Default::default() };
    let asker = program(waiter);
    let request =
        bench.link.request(LINK, Command::Ask(ask), asker, Some(&mut bench.outbox)).expect("made");
    let asked = v1::Asked { session: SESSION.to_wire(), existing: false, opening_seq: 1 };
    bench.reply(request, delivery::Reply::Asked(asked));
    let Some(Event::Message(message)) = bench.take() else { panic!("the opening is told") };
    assert_eq!((message.seq, message.from), (1, 1), "by the visitor, who is the first participant");
    bench.message(2, 1);
    assert_eq!(seq_of(bench.take()), 2);
}

#[test]
fn a_request_is_given_up_only_if_the_wait_is_not_for_the_connection() {
    let mut bench = Bench::attached(9);
    let (request, _answered) = bench.say("hello");
    bench.link.connection_lost();
    assert!(!bench.give_up(request));
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    bench.attached_by([1; 16]);
    assert!(bench.give_up(request));
    let (_, second) = bench.say("again");
    drop(second);
    assert_eq!(bench.reply(request, said(1)), Upshot::GoOn, "an answer too late is nothing");
}

#[test]
fn a_session_that_the_broker_no_longer_knows_is_told_as_lost() {
    let mut bench = Bench::attached(9);
    let other = SessionId([8; 16]);
    let view = v1::SessionView { session: other.to_wire(), you: 1, ..Default::default() };
    bench.event(delivery::Event::SessionOpened(v1::SessionOpened { view: Some(view) }), 1);
    bench.take();
    bench.link.connection_lost();
    bench.link.attach(LINK, &limits(), &mut bench.outbox);
    bench.sent();
    bench.attached_by([1; 16]);
    let sent = bench.sent();
    let [(request, Command::ReadSession(_))] = sent[..] else { panic!("{sent:?}") };
    bench.take();
    bench.take();
    bench.refuse(request, Code::NotFound);
    assert_eq!(bench.take(), Some(Event::SessionLost { session: other }));
}

#[test]
fn a_request_given_up_lets_go_of_what_waited_for_its_number() {
    let mut bench = Bench::attached(9);
    bench.message(1, 1);
    let (request, _answered) = bench.say("lost");
    bench.message(3, 1);
    assert_eq!(seq_of(bench.take()), 1);
    assert_eq!(bench.take(), None);
    assert!(bench.give_up(request));
    assert!(matches!(bench.take(), Some(Event::MessagesMissing { from_seq: 2, to_seq: 2, .. })));
    assert_eq!(seq_of(bench.take()), 3);
}

#[test]
fn refusals_of_what_wanted_no_answer_fill_the_queue_no_further_than_events() {
    let mut bench = Bench::attached(2);
    assert_eq!(bench.refuse(0, Code::RateLimited), Upshot::GoOn);
    assert_eq!(bench.refuse(0, Code::RateLimited), Upshot::GoOn);
    assert_eq!(bench.refuse(0, Code::RateLimited), Upshot::Rest);
    assert!(matches!(bench.take(), Some(Event::Refused(why)) if why.is(Code::RateLimited)));
}

#[test]
fn a_link_is_over_as_soon_as_the_broker_has_let_it_go() {
    let mut bench = Bench::attached(9);
    let (waiter, mut answered) = oneshot::channel();
    let detach = Command::Detach(v1::Detach::default());
    let outbox = Some(&mut bench.outbox);
    let request = bench.link.request(LINK, detach, program(waiter), outbox).expect("made");
    assert_eq!(bench.reply(request, delivery::Reply::Done(v1::Done {})), Upshot::End);
    assert!(matches!(answered.try_recv(), Ok(Ok(_))));
    assert_eq!(bench.take(), Some(Event::Ended(EndReason::Closed)));
}

#[test]
fn a_watched_session_is_acknowledged_never_and_watched_again_where_its_log_ended() {
    let mut bench = Bench::watching();
    assert_eq!(bench.sent(), [], "who watches acknowledges nothing");
    let Command::AttachAgent(attach) = bench.link.attach_command() else { panic!("an agent") };
    assert_eq!(attach.resume, [], "it is no session of its own");
    let sent = bench.back();
    let [(request, Command::WatchSession(watch))] = &sent[..] else { panic!("{sent:?}") };
    let resume = watch.resume.as_ref().expect("a resume");
    assert_eq!((resume.seq, &resume.epoch[..]), (1, &[1; 16][..]));
    bench.refuse(*request, Code::SessionClosed);
    assert_eq!(bench.take(), Some(Event::SessionLost { session: SESSION }));
    assert_eq!(bench.back(), [], "there is nothing to watch any more");
}

#[test]
fn a_watch_whose_end_was_asked_for_is_not_begun_again() {
    let mut bench = Bench::watching();
    let (waiter, _answered) = oneshot::channel();
    let unwatch = v1::UnwatchSession { session: SESSION.to_wire() };
    let asker = program(waiter);
    bench.link.request(LINK, Command::UnwatchSession(unwatch), asker, None).expect("it stands");
    let sent = bench.back();
    let [(request, Command::UnwatchSession(_))] = sent[..] else { panic!("{sent:?}") };
    bench.reply(request, delivery::Reply::Done(v1::Done {}));
    assert_eq!(bench.take(), Some(Event::WatchEnded { session: SESSION }));
    assert_eq!(bench.back(), []);
}

#[test]
fn the_end_of_a_watch_is_told_once() {
    let mut bench = Bench::watching();
    let ended = v1::WatchEnded { session: SESSION.to_wire() };
    bench.event(delivery::Event::WatchEnded(ended), 1);
    assert_eq!(bench.take(), Some(Event::WatchEnded { session: SESSION }));
    assert_eq!((bench.take(), bench.back()), (None, vec![]));
}
