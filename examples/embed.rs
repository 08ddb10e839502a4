//! A visitor and an agent in one process, without any network: the engine linked into a program.
//!
//! It tells the story of `two_people.rs` through the engine's own calls and checks each claim. Run it with
//! `cargo run --example embed`; it ends with 1 and a sentence when a claim fails.

#[path = "support/seat.rs"]
mod seat;
#[path = "support/shop.rs"]
mod shop;

use std::io::Write;

use anyhow::{Result, anyhow, ensure};
use clap::Parser;
use frontdesk::desk::delivery::{CloseCause, ParticipantId, Presence, Resumed, Status};
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{AgentId, SessionId, VisitorId};
use frontdesk::desk::page::Arrival;
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::journal::Position;
use frontdesk::engine::{
    AgentAttach, Ask, Asked, Command, Counts, Departure, Reply, ResumePoint, SetStatus, SignOn,
    VisitorAttach,
};

use self::seat::Seat;
pub(crate) use self::shop::Clock;
use self::shop::Shop;

/// A visitor and an agent talk through the engine, in one process and without any network.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Let the story take its time (some seconds) instead of letting a simulated clock leap.
    #[arg(long)]
    real_time: bool,
}

fn main() -> Result<()> {
    let clock = if Arguments::parse().real_time { Clock::real() } else { Clock::simulated() };
    story(clock, &mut std::io::stdout())
}

/// The people of the story.
struct Cast {
    ann: Seat,
    mia: Seat,
    others: Vec<(Seat, SessionId)>,
}

/// Tells the whole story to `out`. An error is a claim that failed, as a sentence.
pub(crate) fn story(clock: Clock, out: &mut dyn Write) -> Result<()> {
    let mut shop = Shop::open(clock, out)?;
    let ann = sign_on(&mut shop)?;
    let mia = arrive(&mut shop)?;
    let mut cast = Cast { ann, mia, others: Vec::new() };
    browse(&mut shop, &mut cast)?;
    let session = wait_in_line(&mut shop, &mut cast)?;
    type_and_talk(&mut shop, &mut cast, session)?;
    lose_the_link(&mut shop, &mut cast, session)?;
    close(&mut shop, &mut cast, session)?;
    add_up(&mut shop, &cast, session)
}

/// The agent signs on: away, then online, for three at once; and watches who is there.
fn sign_on(shop: &mut Shop<'_>) -> Result<Seat> {
    let reader = shop.engine.reader();
    let attach = AgentAttach::new(AgentId::new("ann")?);
    let attached = shop.engine.attach_agent(shop.tenant, reader.outlet(), attach, shop.now())?;
    ensure!(attached.status == Some(Status::Offline), "attaching signs nobody on");
    let mut ann = Seat::new("ann", attached, reader);

    let sign_on = Command::SignOn(SignOn::new(vec![shop.sales.clone()], Some(3)));
    let signed_on = shop.submit(&ann, sign_on)?;
    let due = Reply::SignedOn { status: Status::Away, sessions: 0, capacity: 3 };
    ensure!(signed_on == due, "who signs on is away at first, not {signed_on:?}");
    let online = Command::SetStatus(SetStatus::now(Status::Online, "good morning"));
    shop.done(&ann, online)?;
    let status = ann.hear()?.status()?;
    ensure!(status == Status::Online, "ann is told that she is {status:?}");
    shop.narrate("ann", "signs on: away, then online, for three sessions at once")?;

    let watching = shop.submit(&ann, Command::WatchVisitors { query: Box::default(), rows: 50 })?;
    ensure!(watching == Reply::Watching, "a watch is answered {watching:?}");
    let list = ann.hear()?.list()?;
    ensure!(list.present == 0 && list.rows.is_empty(), "nobody is there yet, but {list:?}");
    shop.narrate("ann", "watches the visitors: nobody there yet")?;
    Ok(ann)
}

/// The visitor arrives, with all that the page knows of it.
fn arrive(shop: &mut Shop<'_>) -> Result<Seat> {
    let arrival = Arrival {
        referrer: "https://search.example/?q=oak+bed".into(),
        search_engine: "search.example".into(),
        keyword: "oak bed".into(),
        address: "203.0.113.7".into(),
        region: "Shanghai".into(),
        language: "zh-CN".into(),
        ..Arrival::default()
    };
    let mia = visitor(shop, "mia", arrival)?;
    shop.narrate("mia", "arrives on \"Welcome\", from a search for \"oak bed\"")?;
    Ok(mia)
}

fn visitor(shop: &Shop<'_>, name: &str, arrival: Arrival) -> Result<Seat> {
    let reader = shop.engine.reader();
    let attach = VisitorAttach {
        site: shop.site.clone(),
        visitor: VisitorId::new(name)?,
        page: Some(shop.engine.page("https://acme.example/", "Welcome")?),
        arrival,
        replaces: None,
        resume: None,
    };
    let attached = shop.engine.attach_visitor(shop.tenant, reader.outlet(), attach, shop.now())?;
    Ok(Seat::new(name, attached, reader))
}

/// The visitor looks at two more pages; the agent sees it in the list and reads the trail.
fn browse(shop: &mut Shop<'_>, Cast { ann, mia, .. }: &mut Cast) -> Result<()> {
    shop.wait(1_200);
    let row = ann.hear()?.row("mia")?;
    let arrival = row.arrival.clone().ok_or_else(|| anyhow!("the list knows no arrival"))?;
    ensure!(row.page.title() == "Welcome" && row.pages == 1, "mia is on her first page: {row:?}");
    ensure!(
        (&*arrival.region, &*arrival.address) == ("Shanghai", "203.0.113.7")
            && arrival.referrer.starts_with("https://search.example/"),
        "the list shows where mia comes from, not {arrival:?}"
    );
    shop.narrate("ann", "sees mia on \"Welcome\", from Shanghai, 203.0.113.7")?;

    for (url, title) in [("beds", "Beds"), ("beds/oak", "Oak beds")] {
        let page = shop.engine.page(&format!("https://acme.example/{url}"), title)?;
        shop.done(mia, Command::ViewPage(page))?;
        shop.narrate("mia", &format!("goes to \"{title}\""))?;
        shop.wait(600);
    }
    shop.wait(600);
    let row = ann.hear()?.row("mia")?;
    ensure!(row.page.title() == "Oak beds" && row.pages == 3, "mia is on her third page: {row:?}");

    let read = shop.submit(ann, Command::ReadTrail { visitor: VisitorId::new("mia")? })?;
    let Reply::Trail(trail) = read else { return Err(anyhow!("the trail is answered {read:?}")) };
    let titles: Vec<_> = trail.pages.iter().map(|step| step.page.title()).collect();
    ensure!(titles == ["Welcome", "Beds", "Oak beds"], "the trail shows {titles:?}");
    let stayed: u64 = trail.pages.iter().map(|step| step.stayed_ms).sum();
    let visit = shop.now().wall_ms.saturating_sub(row.arrived_wall_ms);
    ensure!(stayed <= visit, "mia stayed {stayed} ms on pages of a visit of {visit} ms");
    shop.narrate("ann", &format!("reads the trail: {}", titles.join(" → ")))
}

/// Three others fill the agent and a fourth is ahead in the queue; the visitor waits, moves up and is answered.
fn wait_in_line(shop: &mut Shop<'_>, cast: &mut Cast) -> Result<SessionId> {
    for name in ["bob", "cleo", "dan", "eve"] {
        let mut seat = visitor(shop, name, Arrival::default())?;
        let asked = ask(shop, &mut seat, "Hello?")?;
        cast.others.push((seat, asked.session));
    }
    shop.narrate("", "bob, cleo, dan and eve ask: three are answered, eve waits")?;
    let Cast { ann, mia, others } = cast;
    let [(bob, first), (cleo, second), (dan, _), (eve, _)] = &mut others[..] else {
        return Err(anyhow!("four others ask"));
    };
    for seat in [&mut *bob, cleo, dan] {
        seat.hear()?.joined()?;
    }
    ensure!(eve.hear()?.position()? == 1, "eve is the head of the queue");
    expect_counts(shop, |counts| (counts.sessions, counts.waiting), (3, 1))?;

    let asked = ask(shop, mia, "Do you have it in oak?")?;
    ensure!(!asked.existing && asked.opening_seq == Some(1), "a first request: {asked:?}");
    let place = mia.hear()?.position()?;
    ensure!(place == 2, "mia is told place {place}, not 2");
    shop.narrate("mia", "waits: place 2")?;
    let again = Command::Ask(Ask::of(shop.sales.clone()));
    let Reply::Asked(again) = shop.submit(mia, again)? else {
        return Err(anyhow!("who asks twice is answered with the session it has"));
    };
    ensure!(again.existing && again.session == asked.session, "there is never a second session");
    shop.say(mia, asked.session, "1.80 m wide, if possible.")?;

    shop.done(ann, Command::Close { session: *first })?;
    eve.hear()?.joined()?;
    shop.wait(1_200);
    let place = mia.hear()?.position()?;
    ensure!(place == 1, "mia is told place {place}, not 1");
    shop.narrate("ann", "closes bob's session; eve is answered at once")?;
    shop.narrate("mia", "moves up: place 1")?;
    expect_counts(shop, |counts| (counts.sessions, counts.waiting), (3, 1))?;

    shop.done(ann, Command::Close { session: *second })?;
    let who = mia.hear()?.joined()?;
    ensure!(who == ParticipantId::Agent(AgentId::new("ann")?), "mia is answered by {who:?}");
    expect_counts(shop, |counts| (counts.sessions, counts.waiting), (3, 0))?;
    ann.hear()?;
    let log = ann.log(asked.session)?;
    let due = ["Do you have it in oak?", "1.80 m wide, if possible."];
    ensure!(log == due, "the agent who takes over reads what was said, not {log:?}");
    shop.narrate("ann", "closes cleo's session, has mia's, and reads what she said while waiting")?;
    Ok(asked.session)
}

fn ask(shop: &mut Shop<'_>, seat: &mut Seat, text: &str) -> Result<Asked> {
    let opening = Some(shop.words(text)?);
    let ask = Command::Ask(Ask { opening, priority_minutes: 0, ..Ask::of(shop.sales.clone()) });
    match shop.submit(seat, ask)? {
        Reply::Asked(asked) => {
            seat.write_down(asked.session, asked.opening_seq.unwrap_or(0), text.into())?;
            Ok(asked)
        }
        other => Err(anyhow!("{} asks and is answered {other:?}", seat.name)),
    }
}

/// The agent sees what is typed, masked; both talk, with receipts.
fn type_and_talk(
    shop: &mut Shop<'_>,
    Cast { ann, mia, .. }: &mut Cast,
    session: SessionId,
) -> Result<()> {
    let typed = "I pay with 4111 1111 1111 1111, is that";
    shop.done(mia, Command::Preview { session, text: typed.into() })?;
    let shown = ann.hear()?.preview()?;
    ensure!(
        shown == "I pay with •••• •••• •••• ••••, is that",
        "ann sees {shown:?} being typed, where the number must be masked"
    );
    shop.narrate("ann", &format!("sees mia type: {shown}"))?;

    shop.say(mia, session, "Can I pay by card?")?;
    let heard = ann.hear()?;
    let left = heard.preview()?;
    ensure!(left.is_empty(), "what was typed gives way to what was said, not {left:?}");
    let seq = ann.seen(session);
    ensure!(seq == 3, "ann has {seq} messages of 3");
    shop.done(ann, Command::Acknowledge { session, delivered: 3, read: 3 })?;
    ensure!(mia.hear()?.receipt()? == (2, 3, 3), "mia learns that ann has read all three");
    shop.narrate("mia", "sees that ann has read it")?;

    shop.done(ann, Command::Preview { session, text: "Of cour".into() })?;
    ensure!(mia.hear()?.typing()?, "mia learns that ann types");
    shop.narrate("mia", "sees that ann types, not what")?;
    shop.say(ann, session, "Of course, here is the link.")?;
    let heard = mia.hear()?;
    ensure!(!heard.typing()?, "who has said it types no more");
    ensure!(mia.seen(session) == 4, "mia has {} messages of 4", mia.seen(session));
    shop.done(mia, Command::Acknowledge { session, delivered: 4, read: 0 })?;
    ensure!(ann.hear()?.receipt()? == (1, 4, 0), "ann learns what has arrived");
    shop.done(mia, Command::Acknowledge { session, delivered: 4, read: 4 })?;
    ensure!(ann.hear()?.receipt()? == (1, 4, 4), "ann learns what was read");
    shop.narrate("ann", "sees that it has arrived, then that it was read")
}

/// The visitor's link drops in the middle of a sentence; it comes back with exactly what it missed.
fn lose_the_link(
    shop: &mut Shop<'_>,
    Cast { ann, mia, .. }: &mut Cast,
    session: SessionId,
) -> Result<()> {
    let seen = mia.seen(session);
    let words = shop.words("Thank you, and")?;
    let said = shop.submit(mia, Command::Say { session, words: words.clone() })?;
    let Reply::Said(lost) = said else { return Err(anyhow!("a say is answered {said:?}")) };
    // Nobody tells mia that it was said: here her link goes, as when a broker misses signs of life.
    shop.engine.detach(mia.link, Departure::Dropped, shop.now());
    shop.narrate("mia", "loses her connection while she speaks")?;
    shop.wait(1_200);
    let row = ann.hear()?.row("mia")?;
    ensure!(row.presence == Presence::Away, "without a link mia is {:?}", row.presence);
    shop.say(ann, session, "Are you still there?")?;
    shop.say(ann, session, "I keep the offer for you.")?;

    let reader = shop.engine.reader();
    let attach = VisitorAttach {
        site: shop.site.clone(),
        visitor: VisitorId::new("mia")?,
        page: None,
        arrival: Arrival::default(),
        replaces: Some(mia.token),
        resume: Some(ResumePoint { session, epoch: shop.engine.epoch(), seq: seen }),
    };
    let attached = shop.engine.attach_visitor(shop.tenant, reader.outlet(), attach, shop.now())?;
    ensure!(attached.session == Some(session), "the session goes on");
    mia.come_back(attached, reader);
    let heard = mia.hear()?;
    let Resumed { from_seq: from, to_seq: to, complete } = heard.resumed()?;
    ensure!((from, to, complete) == (seen + 1, seen + 3, true), "resumed {from} to {to}");
    let brought: Vec<u64> = heard.seqs();
    ensure!(brought == [seen + 1, seen + 2, seen + 3], "mia missed three, and got {brought:?}");
    let again = shop.submit(mia, Command::Say { session, words })?;
    let Reply::Said(again) = again else { return Err(anyhow!("a say is answered {again:?}")) };
    ensure!(again.duplicate && again.seq == lost.seq, "said again, it is not said twice");
    shop.narrate("mia", &format!("is back, and gets messages {from} to {to}, no more, no less"))?;
    shop.say(mia, session, "Here I am again. I take it!")?;
    Ok(())
}

/// The agent closes, two others go, and everybody leaves.
fn close(
    shop: &mut Shop<'_>,
    Cast { ann, mia, others }: &mut Cast,
    session: SessionId,
) -> Result<()> {
    ann.hear()?;
    shop.done(ann, Command::Close { session })?;
    for seat in [&mut *ann, mia] {
        let (cause, last_seq, valid) = seat.hear()?.closed(session)?;
        ensure!(
            (cause, last_seq, valid) == (CloseCause::Agent, 8, true),
            "{} is told of an end by {cause:?} after {last_seq} messages",
            seat.name
        );
    }
    let late = Command::Say { session, words: shop.words("One more thing")? };
    let refused = shop.engine.submit(mia.link, late, shop.now());
    ensure!(refused == Err(Refusal::SessionClosed), "after the end a say is {refused:?}");
    shop.narrate("ann", "closes the session")?;

    for (seat, session) in &mut others[2..] {
        shop.engine.detach(seat.link, Departure::Leaving, shop.now());
        let (cause, ..) = ann.hear()?.closed(*session)?;
        ensure!(cause == CloseCause::Visitor, "{} left, and not {cause:?}", seat.name);
    }
    for (seat, _) in &others[..2] {
        shop.engine.detach(seat.link, Departure::Leaving, shop.now());
    }
    shop.engine.detach(mia.link, Departure::Leaving, shop.now());
    shop.narrate("", "everybody leaves")?;
    shop.done(ann, Command::SignOff { reason: "lunch".into() })
}

/// The numbers: counts, logs, the journal, and the engine's own books.
fn add_up(shop: &mut Shop<'_>, cast: &Cast, session: SessionId) -> Result<()> {
    // All but the one that was refused.
    let messages = shop.messages() - 1;
    let counts = shop.engine.counts(shop.tenant);
    ensure!(counts == Counts { messages, ..Counts::default() }, "all have gone: {counts:?}");

    let facts = shop.journal.read(Position(1), usize::MAX);
    let of = |kind: fn(&Event) -> bool| facts.iter().filter(|(_, fact)| kind(&fact.event)).count();
    let kept = [
        of(|event| matches!(event, Event::AgentSignedOn { .. })),
        of(|event| matches!(event, Event::StatusChanged { .. })),
        of(|event| matches!(event, Event::SessionAsked { .. })),
        of(|event| matches!(event, Event::SessionAssigned { .. })),
        of(|event| matches!(event, Event::SessionClosed { .. })),
    ];
    ensure!(kept == [1, 3, 5, 5, 5], "sign-ons, statuses, asks, assignments, ends: {kept:?}");
    let said: u64 = of(|event| matches!(event, Event::Said { .. })) as u64;
    ensure!(said == messages, "{said} of {messages} messages are kept");
    ensure!(facts.len() as u64 == 19 + said, "{} facts are kept", facts.len());

    let log: Vec<String> =
        facts.iter().filter_map(|(_, fact)| said_in(&fact.event, session)).collect();
    ensure!(log.len() == 8, "mia's session has {} messages", log.len());
    for seat in [&cast.ann, &cast.mia] {
        ensure!(seat.log(session)? == log, "{} read another session than was kept", seat.name);
    }
    shop.engine
        .verify(shop.now())
        .map_err(|faults| anyhow!("the books disagree: {}", faults.join("; ")))?;
    let facts = facts.len();
    shop.narrate(
        "",
        &format!("it adds up: {messages} messages, 5 sessions, {facts} facts, nothing left over"),
    )
}

fn said_in(event: &Event, session: SessionId) -> Option<String> {
    match event {
        Event::Said { session: in_session, message } if *in_session == session => {
            Some(String::from_utf8_lossy(message.words.body()).into_owned())
        }
        _ => None,
    }
}

fn expect_counts<T: PartialEq + std::fmt::Debug>(
    shop: &Shop<'_>,
    of: impl Fn(&Counts) -> T,
    due: T,
) -> Result<()> {
    let counts = shop.engine.counts(shop.tenant);
    ensure!(of(&counts) == due, "counted {:?} where {due:?} was due", of(&counts));
    Ok(())
}
