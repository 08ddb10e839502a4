//! 200 sessions at once over a bad network: packets are lost, doubled and overtaken on the way, connections are cut without a goodbye
//! and come back, and what is said is said again. In the end everyone's log is the one that the broker's journal tells for it.
//!
//! The seed is printed; `FRONTDESK_FAULTS_SEED` replays it: scripts, cuts and the choices of the weather. Which packet meets which
//! choice is up to the machine.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a test fails by panicking")]

mod house;
mod people;
mod relay;
mod script;
mod severing;
mod weather;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use frontdesk::broker::token::Role;
use frontdesk::client::{
    BackOff, Client, ConnectError, Deliveries, Event, MessageId, Options, SessionId, Visitor, v1,
};
use frontdesk::desk::fact;
use frontdesk::desk::message::{Audience, Message as Kept};
use frontdesk::engine::journal::Position;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use house::House;
use people::{Book, Person, Record, Stage, id_of};
use relay::Relay;
use script::{Script, Voice};
use severing::Severing;

const SESSIONS: usize = 200;
const AGENTS: usize = 20;
/// As many as one may watch.
const WATCHED: usize = 16;
/// When a test gives up: far beyond what it takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// Attempts of a first connection, whose handshake may be lost.
const ATTEMPTS_MAX: usize = 10;

fn seed() -> u64 {
    let given = std::env::var("FRONTDESK_FAULTS_SEED").ok();
    let seed = given.map(|seed| seed.parse().expect("FRONTDESK_FAULTS_SEED is a number"));
    let seed = seed.unwrap_or_else(|| std::process::id().into());
    println!("FRONTDESK_FAULTS_SEED={seed}");
    seed
}

async fn connect(options: Options) -> Client {
    let first = Duration::from_millis(1);
    let back_off = BackOff { first, longest: Duration::from_millis(200), ..BackOff::default() };
    let options = options.back_off(back_off).deliveries(Deliveries::Explicit);
    for _ in 0..ATTEMPTS_MAX {
        match Client::connect(options.clone()).await {
            Ok(client) => return client,
            // Lost packets may keep a Hello longer than the broker waits.
            Err(ConnectError::Refused(refusal)) if !refusal.is(v1::Code::HelloTimeout) => {
                panic!("refused: {refusal}")
            }
            Err(_) => {}
        }
    }
    panic!("no connection in {ATTEMPTS_MAX} attempts")
}

/// One run: everyone's records, visitors first, then agents, then the one who watches.
struct Play {
    house: House,
    stages: Arc<Vec<Stage>>,
    visitors: Vec<Record>,
    agents: Vec<Record>,
    watcher: Record,
    relay: Relay,
    cuts: u64,
}

async fn play(seed: u64) -> Play {
    let house = House::open(|config| config.limits.connections_per_address_max = 4_096);
    let relay = Relay::before(house.broker.local_addr(), seed).await;
    let severing = Arc::new(Severing::new(seed));
    let stages: Vec<_> =
        (0..SESSIONS).map(|number| Stage::of(Script::write(seed, number))).collect();
    let stages = Arc::new(stages);
    let curtain = Arc::new(Barrier::new(SESSIONS + AGENTS + 1));
    let on_stage = || (Arc::clone(&severing), Arc::clone(&curtain));

    let mut agents = JoinSet::new();
    for number in 0..AGENTS {
        let id = format!("a-{number}");
        let client = connect(house.options(relay.address(), Role::Agent, &id)).await;
        let (link, events) = client.attach_agent(id).await.expect("attached");
        let capacity = SESSIONS / AGENTS;
        link.sign_on(["sales"], capacity as u32).await.expect("signed on");
        link.set_status(v1::Status::Online, "").await.expect("online");
        severing.may_cut(client);
        let part = (Some(Voice::Agent), capacity);
        agents.spawn(Person::agent(part, &link, events, Arc::clone(&stages), on_stage()).play());
    }
    let client = connect(house.options(relay.address(), Role::Supervisor, "s-0")).await;
    let (supervisor, watched) = client.attach_agent("s-0").await.expect("attached");
    severing.may_cut(client);

    let (asked, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let mut visitors = JoinSet::new();
    for number in 0..SESSIONS {
        let options = house.options(relay.address(), Role::Visitor, &format!("v-{number}"));
        let (stages, (severing, curtain)) = (Arc::clone(&stages), on_stage());
        let asked = asked.clone();
        visitors.spawn(async move {
            let client = connect(options).await;
            let arrives = Visitor::new("www").page("https://shop.example/", "Shop");
            let (link, events) = client.attach_visitor(arrives).await.expect("attached");
            severing.may_cut(client);
            let session = link.ask("sales").await.expect("asked").session;
            asked.send(session).expect("somebody listens");
            Person::visitor(&link, events, stages, (severing, curtain)).play().await
        });
    }
    for _ in 0..WATCHED {
        let session = opened.recv().await.expect("one has asked");
        supervisor.watch_session(session).await.expect("watched");
    }
    let part = (None, WATCHED);
    let watcher = Person::agent(part, &supervisor, watched, Arc::clone(&stages), on_stage());
    let (visitors, agents, watcher) =
        tokio::join!(visitors.join_all(), agents.join_all(), watcher.play());
    let cuts = severing.cuts.load(Ordering::Relaxed);
    Play { house, stages, visitors, agents, watcher, relay, cuts }
}

/// What the journal keeps of each session, in its order.
fn kept(house: &House) -> HashMap<SessionId, Vec<Arc<Kept>>> {
    let mut kept: HashMap<_, Vec<_>> = HashMap::new();
    for (_, fact) in house.journal.read(Position(0), usize::MAX) {
        if let fact::Event::Said { session, message } = fact.event {
            kept.entry(SessionId(session.to_bytes())).or_default().push(message);
        }
    }
    kept
}

/// That a book tells exactly what the journal keeps for its reader, in order, once each; and no receipt ran ahead.
fn compare(book: &Book, order: &[Arc<Kept>], reader: Option<Voice>, script: &Script) {
    assert!(book.odd.is_empty(), "{:?}", book.odd);
    let may_see = |kept: &&&Arc<Kept>| {
        reader != Some(Voice::Visitor) || kept.words.audience == Audience::Everyone
    };
    let due: Vec<_> = order.iter().collect();
    let due: Vec<_> = due.iter().filter(may_see).collect();
    assert_eq!(book.messages.len(), due.len(), "a log of another length");
    let recalled: HashSet<MessageId> = (script.visitor.iter().chain(&script.agent))
        .filter_map(|line| line.replaces.filter(|_| line.recalls))
        .collect();
    for ((seq, told), kept) in (1..).zip(&book.messages).zip(&due) {
        let id = MessageId(kept.words.id.0);
        assert_eq!((told.seq, id_of(told), told.from), (seq, id, u32::from(kept.from)));
        // Of what was taken back, those who come back later get nothing but its place.
        let emptied = told.body.is_empty() && recalled.contains(&id);
        assert!(emptied || told.body == *kept.words.body(), "{told:?} where {kept:?} was kept");
    }
    for told in &book.told {
        let seen_until = |seq: u64| {
            let until = due.iter().take(usize::try_from(seq).expect("few"));
            until.filter(|kept| kept.words.audience == Audience::Everyone).count()
        };
        assert!(
            seen_until(told.delivered) <= told.taken,
            "{reader:?} is told ahead of it: {told:?}"
        );
        assert!(
            seen_until(told.read) <= told.taken_read,
            "{reader:?} is told ahead of it: {told:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sessions_over_a_bad_network_are_whole_in_order_and_said_once() {
    let play = tokio::time::timeout(PATIENCE, play(seed())).await.expect("all came to their end");
    let done = play.relay.done();
    println!("{done:?}, {} cuts", play.cuts);
    assert!(done.lost > 0 && done.twice > 0 && done.held > 0 && play.cuts > 50, "fine weather");

    let kept = kept(&play.house);
    assert_eq!(kept.len(), SESSIONS);
    let voices = (play.visitors.iter().map(|record| (record, Some(Voice::Visitor))))
        .chain(play.agents.iter().map(|record| (record, Some(Voice::Agent))))
        .chain([(&play.watcher, None)]);
    let mut read = 0;
    for (record, voice) in voices {
        for (number, book) in &record.books {
            let script = &play.stages[*number].script;
            let order = &kept[&record.sessions[number]];
            assert_eq!(order.len(), script.seen_and_all().1, "said another number of times");
            compare(book, order, voice, script);
            let Some(voice) = voice else { continue };
            for line in script.of(voice) {
                let own = book.messages.iter().find(|told| id_of(told) == line.words.id());
                let place = own.expect("one's own words stand in one's log").seq;
                assert_eq!(record.answers[&line.words.id()], place, "another place was promised");
            }
            read += 1;
        }
    }
    assert_eq!(read, 2 * SESSIONS);
    close(play).await;
}

/// Each visitor ends its session, and is told so after all that was said.
async fn close(play: Play) {
    for mut visitor in play.visitors {
        for (number, session) in visitor.sessions {
            let seen = play.stages[number].script.seen_and_all().0;
            visitor.link.close(session).await.expect("ended");
            let last = loop {
                match visitor.events.next().await.expect("the link goes on") {
                    Event::SessionClosed { last_seq, .. } => break last_seq,
                    Event::Message(message) => panic!("said once more: {message:?}"),
                    _ => {}
                }
            };
            assert_eq!(last, seen as u64);
        }
    }
    if let Err(faults) = play.house.broker.engine().verify(play.house.broker.now()) {
        panic!("the ledger isn't whole: {faults:#?}");
    }
}
