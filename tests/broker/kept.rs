//! A promise waits for the journal; what others are told does not.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use frontdesk::broker::token::Role;
use frontdesk::desk::fact::Fact;
use frontdesk::engine::journal::{Full, Journal, Position};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code};

use crate::house::House;
use crate::wire::{arrives, say};

/// A journal that commits when it is told to.
#[derive(Debug, Default)]
struct Slow {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    end: u64,
    committed: u64,
    is_held: bool,
    sleepers: Vec<Waker>,
}

impl Slow {
    fn hold(&self) {
        let mut state = self.state.lock().unwrap();
        state.committed = state.end;
        state.is_held = true;
    }

    fn commit(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_held = false;
        state.sleepers.drain(..).for_each(Waker::wake);
    }
}

impl Journal for Slow {
    fn admit(&self) -> Result<(), Full> {
        Ok(())
    }

    fn append(&self, _: Fact) -> Position {
        let mut state = self.state.lock().unwrap();
        state.end += 1;
        Position(state.end)
    }

    fn end(&self) -> Position {
        Position(self.state.lock().unwrap().end)
    }

    fn committed(&self) -> Position {
        let state = self.state.lock().unwrap();
        Position(if state.is_held { state.committed } else { state.end })
    }

    fn poll_committed(&self, position: Position, cx: &mut Context<'_>) -> Poll<()> {
        if self.committed() >= position {
            return Poll::Ready(());
        }
        self.state.lock().unwrap().sleepers.push(cx.waker().clone());
        // It may have come between the look and the waker.
        if self.committed() >= position { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn said_means_kept_and_deliveries_do_not_wait_for_it() {
    let journal = Arc::new(Slow::default());
    let house = House::open_on(journal.clone(), |_| ());
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(1, "ann", "sales", 3).await;
    lane.attach_visitor(2, arrives("v-1")).await;
    let session = lane.ask_for(2, "sales", Some("hi")).await.session;
    lane.opened(1).await;
    lane.messages(1, 1).await;

    journal.hold();
    let first = lane.request(2, Command::Say(say(&session, "one"))).await;
    let second = lane.request(2, Command::Say(say(&session, "two"))).await;
    // The agent reads both, while neither is promised to its sender.
    assert_eq!(lane.messages(1, 2).await, [(2, "one".into()), (3, "two".into())]);
    // A link that leaves meanwhile is told last, and its number stays taken until then.
    let leaving = v1::Detach { departure: v1::Departure::Dropped.into() };
    let detached = lane.request(2, Command::Detach(leaving)).await;
    let early = lane.refused(2, Command::AttachVisitor(Box::new(arrives("v-1")))).await;
    assert_eq!(early.code(), Code::LinkInUse);
    let rest = lane.rest(2).await;
    assert!(rest.iter().all(|told| told.reply.is_none()), "promised before it was kept: {rest:?}");

    journal.commit();
    let mut answers = Vec::new();
    while answers.len() < 3 {
        let told = crate::wire::soon("an answer", lane.next()).await.unwrap();
        assert!(!matches!(told.event, Some(Event::LinkEnded(_))));
        if let (2, Some(reply)) = (told.link, told.reply) {
            answers.push((told.request, reply));
        }
    }
    let requests: Vec<_> = answers.iter().map(|(request, _)| *request).collect();
    assert_eq!(requests, [first, second, detached]);
    assert!(matches!(&answers[1].1, Reply::Said(said) if said.seq == 3));
    assert_eq!(answers[2].1, Reply::Done(v1::Done {}));
    lane.attach_visitor(2, arrives("v-1")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_holds_before_it_is_kept_and_is_answered_after() {
    let journal = Arc::new(Slow::default());
    let house = House::open_on(journal.clone(), |_| ());
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_agent(1, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let mut other_lane = gateway.lane().await;
    other_lane.attach_visitor(2, arrives("v-1")).await;
    journal.hold();
    let who = Some(v1::block_target::Who::Visitor("v-1".into()));
    let target = Some(v1::BlockTarget { who });
    let block = v1::Block { target: target.clone(), ..Default::default() };
    let blocked = lane.request(1, Command::Block(block)).await;
    assert_eq!(other_lane.link_ended(2).await, Code::Blocked);
    let unblocked = lane.request(1, Command::Unblock(v1::Unblock { target })).await;
    let rest = lane.rest(1).await;
    assert!(rest.iter().all(|told| told.reply.is_none()), "promised before it was kept: {rest:?}");
    journal.commit();
    let made = v1::Blocked { visitors: 1, until_wall_ms: 0 };
    assert_eq!(lane.answer(1, blocked).await, Reply::Blocked(made));
    assert_eq!(lane.answer(1, unblocked).await, Reply::Done(v1::Done {}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_in_force_before_its_fact_is_kept_and_answered_after() {
    let journal = Arc::new(Slow::default());
    let house = House::open_on(journal.clone(), |_| ());
    let admin = house.client("acme", Role::Admin, "boss").await;
    let mut lane = admin.lane().await;
    lane.attach_agent(1, v1::AttachAgent::default()).await;
    let read = || Command::ReadPolicy(v1::ReadPolicy {});
    let Reply::Policy(policy) = lane.ask(1, read()).await else { panic!("no policy") };
    journal.hold();
    let replace = v1::ReplacePolicy { policy: Some(*policy), made_from: 1 };
    let replaced = lane.request(1, Command::ReplacePolicy(Box::new(replace))).await;
    let Reply::Policy(policy) = lane.ask(1, read()).await else { panic!("no policy") };
    assert_eq!((policy.version, lane.answered_already(1, replaced)), (2, None));
    journal.commit();
    let told = Reply::PolicyReplaced(v1::PolicyReplaced { version: 2 });
    assert_eq!(lane.answer(1, replaced).await, told);
}
