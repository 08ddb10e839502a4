//! A visitor and an agent talk through a broker, over real QUIC.
//!
//! It starts a broker of its own, unless `--connect` names one, tells the story and checks each claim:
//!
//! ```text
//! cargo run --example two_people
//! cargo run --example two_people -- --connect 127.0.0.1:4433 --data data
//! ```
//!
//! Ends with 1 and a sentence when a claim fails, with 2 when there is no broker to talk to.

#[path = "support/host.rs"]
#[allow(dead_code, reason = "gateway asks more of it")]
mod host;
#[path = "support/party.rs"]
#[allow(dead_code, reason = "gateway asks more of it")]
mod party;

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use frontdesk::broker::token::Role;
use frontdesk::client::{
    AgentLink, Asking, BackOff, Client, Event, Interruption, Memory, SayError, SessionId, Visitor,
    VisitorLink, v1,
};
use frontdesk::proto::v1::Code;

pub(crate) use self::host::{Host, HostArguments};
use self::party::Party;

/// How long the visitor stays away after its connection is lost: long enough for the agent to say something meanwhile.
const AWAY: Duration = Duration::from_millis(700);

/// A visitor and an agent talk through a broker, over real QUIC.
///
/// Starts a broker of its own on a free port, unless --connect names one. At a broker with its development tenant --data is all
/// that is needed; at any other one give a gateway's --token, and --pin or --cert.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    host: HostArguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let host = match Host::open(&Arguments::parse().host).await {
        Ok(host) => host,
        Err(error) => {
            eprintln!("two_people: {error:#}");
            return ExitCode::from(2);
        }
    };
    let told = story(&host, &mut std::io::stdout()).await;
    host.close().await;
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("two_people: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The people of the story, each with a connection of its own.
struct Cast {
    ann: Party<AgentLink>,
    mia: Party<VisitorLink>,
    /// Mia's connection, which is lost on the way.
    line: Client,
    others: Vec<(Party<VisitorLink>, SessionId)>,
    /// The connections of the agent and of the others.
    lines: Vec<Client>,
    /// The tenant's counts before anybody came.
    before: v1::Counts,
}

/// Where the story is told.
struct Page<'a> {
    host: &'a Host,
    began: Instant,
    out: &'a mut (dyn Write + Send),
}

impl Page<'_> {
    fn tell(&mut self, who: &str, what: &str) -> Result<()> {
        let seconds = self.began.elapsed().as_secs_f64();
        writeln!(self.out, "{seconds:6.1} s  {who:<5} {what}").context("the narration")
    }
}

/// Tells the whole story to `out`. An error is a claim that failed, as a sentence.
pub(crate) async fn story(host: &Host, out: &mut (dyn Write + Send)) -> Result<()> {
    let mut page = Page { host, began: Instant::now(), out };
    page.tell("", &format!("the story is played at {}", host.describe()))?;
    let (ann, desk, before) = sign_on(&mut page).await?;
    let (mia, line) = arrive(&mut page).await?;
    let mut cast = Cast { ann, mia, line, others: Vec::new(), lines: vec![desk], before };
    browse(&mut page, &mut cast).await?;
    let session = wait_in_line(&mut page, &mut cast).await?;
    type_and_talk(&mut page, &mut cast, session).await?;
    lose_the_line(&mut page, &mut cast, session).await?;
    close(&mut page, &mut cast, session).await?;
    add_up(&mut page, cast, session).await
}

/// The agent signs on: away, then online, for three at once; and watches who is there.
async fn sign_on(page: &mut Page<'_>) -> Result<(Party<AgentLink>, Client, v1::Counts)> {
    let name = page.host.named("ann");
    let client = page.host.connect(Role::Agent, &name).await?;
    let mut ann = Party::new(name.clone(), client.attach_agent(name).await?);
    let status = ann.link.status_at_attach();
    ensure!(status == v1::Status::Offline, "attaching signs nobody on, but ann is {status:?}");
    let before = ann.link.read_counts().await?;
    ensure!(
        before.agents_online == 0 && before.waiting == 0,
        "others are at work at this broker ({} agents online, {} sessions waiting), and the story needs it for itself; try again when they have gone, or without --connect",
        before.agents_online,
        before.waiting
    );

    let signed_on = ann.link.sign_on([&page.host.department], 3).await?;
    let due = v1::SignedOn { status: v1::Status::Away as i32, sessions: 0, capacity: 3 };
    ensure!(signed_on == due, "who signs on is away at first, not {signed_on:?}");
    ann.link.set_status(v1::Status::Online, "good morning").await?;
    ann.until("her status", |event| match event {
        Event::StatusChanged { status, .. } => (*status == v1::Status::Online).then_some(()),
        _ => None,
    })
    .await?;
    page.tell("ann", "signs on: away, then online, for three sessions at once")?;

    ann.link.watch_visitors("", 50).await?;
    let present = ann
        .until("who is there", |event| match event {
            Event::VisitorsSnapshot(list) => Some(list.present),
            _ => None,
        })
        .await?;
    page.tell("ann", &format!("watches the visitors: {present} there yet"))?;
    Ok((ann, client, before))
}

/// The visitor arrives, with all that the page knows of it.
async fn arrive(page: &mut Page<'_>) -> Result<(Party<VisitorLink>, Client)> {
    let name = page.host.named("mia");
    let back_off = BackOff { first: AWAY, jitter_percent: 0, ..BackOff::default() };
    let options = page.host.options(Role::Visitor, &name)?.back_off(back_off);
    let line = Client::connect(options).await.context("mia could not connect")?;
    let arrival = visitor(page.host, &name)
        .referrer("https://search.example/?q=oak+bed")
        .search("search.example", "oak bed")
        .address("203.0.113.7")
        .region("Shanghai")
        .language("zh-CN");
    let mia = Party::new(name, line.attach_visitor(arrival).await?);
    ensure!(mia.link.session().is_none(), "a new visitor is in no session");
    ensure!(mia.link.previews_shown(), "this story needs a tenant that shows what is typed");
    page.tell("mia", "arrives on \"Welcome\", from a search for \"oak bed\"")?;
    Ok((mia, line))
}

fn visitor(host: &Host, name: &str) -> Visitor {
    Visitor::new(&host.site).id(name).page("https://acme.example/", "Welcome")
}

/// The visitor looks at two more pages; the agent sees it in the list and reads the trail.
async fn browse(page: &mut Page<'_>, Cast { ann, mia, .. }: &mut Cast) -> Result<()> {
    let row = ann.until_row(&mia.name, |_| true).await?;
    let title = row.page.as_ref().map_or("nothing", |page| &page.title);
    ensure!((title, row.pages) == ("Welcome", 1), "mia is on her first page, not on {title:?}");
    ensure!(
        row.region == "Shanghai" && row.referrer.starts_with("https://search.example/"),
        "the list shows where mia comes from, not {row:?}"
    );
    if page.host.visitors_come_themselves() {
        let seen: Result<std::net::IpAddr, _> = row.address.parse();
        let seen = seen.with_context(|| format!("{:?} is no address", row.address))?;
        ensure!(row.address != "203.0.113.7", "a visitor can't say itself that it is at {seen}");
    } else {
        ensure!(row.address == "203.0.113.7", "a gateway's visitor is at {:?}", row.address);
    }
    page.tell("ann", &format!("sees mia on \"Welcome\", from Shanghai, {}", row.address))?;

    for (url, title) in [("beds", "Beds"), ("beds/oak", "Oak beds")] {
        mia.link.view_page(format!("https://acme.example/{url}"), title).await?;
        page.tell("mia", &format!("goes to \"{title}\""))?;
    }
    ann.until_row(&mia.name, |row| row.pages == 3).await?;
    let trail = ann.link.read_trail(&mia.name).await?;
    let pages = trail.pages.iter().filter_map(|step| step.page.as_ref());
    let titles: Vec<_> = pages.map(|page| page.title.as_str()).collect();
    ensure!(titles == ["Welcome", "Beds", "Oak beds"], "the trail shows {titles:?}");
    page.tell("ann", &format!("reads the trail: {}", titles.join(" → ")))
}

/// Three others fill the agent and a fourth is ahead in the queue; the visitor waits, moves up and is answered.
async fn wait_in_line(page: &mut Page<'_>, cast: &mut Cast) -> Result<SessionId> {
    let department = page.host.department.clone();
    let crowd = page.host.connect(Role::Gateway, "crowd").await?;
    for name in ["bob", "cleo", "dan", "eve"] {
        let name = page.host.named(name);
        let link = crowd.attach_visitor(visitor(page.host, &name)).await?;
        let party = Party::new(name, link);
        let asked = party.link.ask(Asking::new(&department).opening("Hello?")).await?;
        cast.others.push((party, asked.session));
    }
    cast.lines.push(crowd);
    let Cast { ann, mia, others, .. } = cast;
    let [(bob, first), (cleo, second), (dan, _), (eve, _)] = &mut others[..] else {
        bail!("four others ask");
    };
    for party in [bob, cleo, dan] {
        party.until_joined().await?;
    }
    ensure!(eve.until_position().await? == 1, "eve is the head of the queue");
    expect_counts(ann, (3, 1)).await?;
    page.tell("", "bob, cleo, dan and eve ask: three are answered, eve waits")?;

    let asking = Asking::new(&department).opening("Do you have it in oak?");
    let asked = mia.link.ask(asking).await?;
    ensure!(!asked.existing && asked.opening_seq == Some(1), "a first request: {asked:?}");
    let session = asked.session;
    let place = mia.until_position().await?;
    ensure!(place == 2, "mia is told place {place}, not 2");
    page.tell("mia", "waits: place 2")?;
    let again = mia.link.ask(department).await?;
    ensure!(again.existing && again.session == session, "there is never a second session");
    mia.link.say(session, "1.80 m wide, if possible.").await?;

    ann.link.close(*first).await?;
    eve.until_joined().await?;
    page.tell("ann", "closes bob's session; eve is answered at once")?;
    let place = mia.until_position().await?;
    ensure!(place == 1, "mia is told place {place}, not 1");
    page.tell("mia", "moves up: place 1")?;
    expect_counts(ann, (3, 1)).await?;

    ann.link.close(*second).await?;
    let who = mia.until_joined().await?;
    let right = who.role() == v1::Role::Agent && who.id == ann.name && who.number == 2;
    ensure!(right, "mia is answered by {who:?}");
    expect_counts(ann, (3, 0)).await?;
    ann.until_message(session, 2).await?;
    let due = ["Do you have it in oak?", "1.80 m wide, if possible."];
    ensure!(ann.log(session) == due, "the agent reads {:?} at first", ann.log(session));
    page.tell("ann", "closes cleo's session, has mia's, and reads what she said while waiting")?;
    Ok(session)
}

/// That so many sessions are held, and so many wait.
async fn expect_counts(ann: &Party<AgentLink>, due: (u64, u64)) -> Result<()> {
    let v1::Counts { sessions, waiting, .. } = ann.link.read_counts().await?;
    ensure!(
        (sessions, waiting) == due,
        "{sessions} sessions are held and {waiting} wait: not {due:?}"
    );
    Ok(())
}

/// The agent sees what is typed, masked; both talk, with receipts.
async fn type_and_talk(
    page: &mut Page<'_>,
    Cast { ann, mia, .. }: &mut Cast,
    session: SessionId,
) -> Result<()> {
    mia.link.preview(session, "I pay with 4111 1111 1111 1111, is that")?;
    let shown = ann.until_preview().await?;
    ensure!(
        shown == "I pay with •••• •••• •••• ••••, is that",
        "ann sees {shown:?} being typed, where the number must be masked"
    );
    page.tell("ann", &format!("sees mia type: {shown}"))?;

    mia.link.say(session, "Can I pay by card?").await?;
    let left = ann.until_preview().await?;
    ensure!(left.is_empty(), "what was typed gives way to what was said, not {left:?}");
    ann.until_message(session, 3).await?;
    ann.link.acknowledge(session, 3, 3)?;
    mia.until_receipt((2, 3, 3)).await?;
    page.tell("mia", "says: Can I pay by card? And sees that ann has read it")?;

    ann.link.preview(session, "Of cour")?;
    mia.until_typing(true).await?;
    page.tell("mia", "sees that ann types, not what")?;
    ann.link.say(session, "Of course, here is the link.").await?;
    mia.until_typing(false).await?;
    mia.until_message(session, 4).await?;
    // Taking the message says that it has arrived.
    ann.until_receipt((1, 4, 0)).await?;
    mia.link.acknowledge(session, 4, 4)?;
    ann.until_receipt((1, 4, 4)).await?;
    page.tell(
        "ann",
        "says: Of course, here is the link. Sees that it arrives, then that it is read",
    )
}

/// The visitor's connection is killed in the middle of a sentence; it comes back with exactly what it missed.
async fn lose_the_line(
    page: &mut Page<'_>,
    Cast { ann, mia, line, .. }: &mut Cast,
    session: SessionId,
) -> Result<()> {
    let seen = mia.seen(session);
    let speaker = mia.link.clone();
    let sentence = tokio::spawn(async move { speaker.say(session, "Thank you, and").await });
    line.sever();
    let why = mia
        .until("the loss of the connection", |event| match event {
            Event::Interrupted(why) => Some(*why),
            _ => None,
        })
        .await?;
    ensure!(why == Interruption::ConnectionLost, "the connection was cut, and not {why:?}");
    page.tell("mia", "loses her connection while she speaks; nobody says goodbye")?;
    ann.link.say(session, "Are you still there?").await?;
    ann.link.say(session, "I keep the offer for you.").await?;
    page.tell("ann", "says two things meanwhile")?;

    let memory = mia
        .until("the new connection", |event| match event {
            Event::Reconnected { memory } => Some(*memory),
            _ => None,
        })
        .await?;
    ensure!(memory == Memory::Kept, "it is the same broker as before");
    let said = sentence.await.context("mia's sentence")??;
    // The logs would not take a message twice, nor a gap.
    mia.until_message(session, seen + 3).await?;
    let seq = usize::try_from(said.seq)?;
    let own = mia.log(session).get(seq - 1).map(String::as_str);
    ensure!(own == Some("Thank you, and"), "what mia said as {seq} stands there as {own:?}");
    ann.until_message(session, seen + 3).await?;
    ensure!(ann.log(session) == mia.log(session), "both have the same seven messages");
    page.tell("mia", "is back with exactly the missed messages, and her sentence is said once")?;
    mia.link.say(session, "Here I am again. I take it!").await?;
    ann.until_message(session, seen + 4).await?;
    mia.until_message(session, seen + 4).await
}

/// The agent closes, two others go, and everybody leaves.
async fn close(
    page: &mut Page<'_>,
    Cast { ann, mia, others, .. }: &mut Cast,
    session: SessionId,
) -> Result<()> {
    ann.link.close(session).await?;
    let due = (v1::CloseCause::Agent, 8, true);
    for ended in [ann.until_closed(session).await?, mia.until_closed(session).await?] {
        ensure!(ended == due, "cause, messages and validity of the end are {ended:?}");
    }
    match mia.link.say(session, "One more thing").await {
        Err(SayError::Refused { refusal, .. }) if refusal.is(Code::SessionClosed) => {}
        other => bail!("after the end a say is answered {other:?}"),
    }
    page.tell("ann", "closes the session")?;

    for (party, session) in &others[2..] {
        party.link.clone().leave().await?;
        let (cause, ..) = ann.until_closed(*session).await?;
        ensure!(cause == v1::CloseCause::Visitor, "{} left, and not {cause:?}", party.name);
    }
    for (party, _) in &others[..2] {
        party.link.clone().leave().await?;
    }
    Ok(())
}

/// The numbers: the broker's log and those of both, its counts, and its books.
async fn add_up(page: &mut Page<'_>, cast: Cast, session: SessionId) -> Result<()> {
    let Cast { ann, mia, line, lines, before, .. } = cast;
    let kept = ann.link.read_messages(session, 1, 0).await?;
    let texts: Vec<_> =
        kept.messages.iter().map(|kept| String::from_utf8_lossy(&kept.body)).collect();
    ensure!((kept.next_seq, kept.last_seq) == (9, 8), "the broker holds eight messages");
    for log in [ann.log(session), mia.log(session)] {
        ensure!(log == texts, "someone read {log:?} where the broker holds {texts:?}");
    }
    mia.link.leave().await?;
    line.close().await;
    page.tell("", "everybody leaves")?;

    ann.link.sign_off("lunch").await?;
    let after = ann.link.read_counts().await?;
    // Four openings and eight messages; the one after the end was refused.
    let due = v1::Counts { messages: before.messages + 12, ..before };
    ensure!(after == due, "counted {after:?} in the end where {due:?} was due");
    ann.link.leave().await?;
    for line in lines {
        line.close().await;
    }
    page.host.verify()?;
    page.tell("", "it adds up: 12 messages, 5 sessions, nothing left over")
}
