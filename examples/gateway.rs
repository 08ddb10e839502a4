//! A front end's own server: one connection for a thousand visitors, spread over its lanes.
//!
//! ```text
//! cargo run --release --example gateway
//! cargo run --release --example gateway -- --connect 127.0.0.1:4433 --data data
//! ```
//!
//! Each visitor asks, says something twenty times and is answered each time; one of them stops reading and is cut off, and its
//! neighbours' logs stay complete. All logs are checked, message by message. Ends with 1 and a sentence when one isn't as it
//! should be, with 2 when there is no broker to talk to. Times and rates are printed for information only.

#[path = "support/host.rs"]
#[allow(dead_code, reason = "two_people asks more of it")]
mod host;
#[path = "support/party.rs"]
#[allow(dead_code, reason = "two_people asks more of it")]
mod party;
#[path = "gateway/slow.rs"]
mod slow;
#[path = "gateway/talk.rs"]
mod talk;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use frontdesk::broker::token::Role;
use frontdesk::client::{AgentLink, Client, Visitor, VisitorLink, v1};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::host::{Host, HostArguments};
use self::party::Party;
use self::slow::SlowReader;
use self::talk::{Pace, Tally};

/// One connection attaches many visitors on several lanes; agents answer them, and every log is checked.
///
/// Starts a broker of its own on a free port, unless --connect names one. At a broker with its development tenant --data is all
/// that is needed; at any other one give a gateway's --token, and --pin or --cert.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    host: HostArguments,
    /// Visitors on the one connection
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    visitors: u32,
    /// Messages that each visitor says, and answers that it gets
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    messages: u32,
    /// Lanes of the connection
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=32))]
    lanes: u32,
    /// Agents [default: one for two visitors]
    ///
    /// Each of them may say only so many messages a second, so fewer of them take longer.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    agents: Option<u32>,
    /// Give up after so many seconds
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let host = match Host::open(&arguments.host).await {
        Ok(host) => host,
        Err(error) => {
            eprintln!("gateway: {error:#}");
            return ExitCode::from(2);
        }
    };
    let bound = Duration::from_secs(arguments.seconds);
    let played = tokio::time::timeout(bound, play(&host, &arguments)).await;
    host.close().await;
    match played {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("gateway: {error:#}");
            ExitCode::FAILURE
        }
        Err(_) => {
            let seconds = arguments.seconds;
            eprintln!(
                "gateway: not done after {seconds} s; give it more --seconds or more --agents"
            );
            ExitCode::FAILURE
        }
    }
}

/// All that is printed, with the time since the beginning.
#[derive(Clone, Copy)]
struct Page {
    began: Instant,
}

impl Page {
    fn tell(self, what: &str) {
        println!("{:5.1} s  {what}", self.began.elapsed().as_secs_f64());
    }
}

/// Plays it all. An error is a claim that failed, as a sentence.
async fn play(host: &Host, arguments: &Arguments) -> Result<()> {
    let page = Page { began: Instant::now() };
    let tally = Arc::new(Tally::default());
    page.tell(&format!("talking to {}", host.describe()));
    let desks = connect(host, "desks", arguments.lanes).await?;
    // Signed on for nothing: only there to read the counts.
    let (clerk, _events) = desks.attach_agent(host.named("clerk")).await?;
    let before = clerk.read_counts().await?;
    ensure!(
        before.agents_online == 0 && before.waiting == 0,
        "others are at work at this broker ({} agents online, {} sessions waiting), and this needs it for itself; try again when they have gone, or without --connect",
        before.agents_online,
        before.waiting
    );
    let agents = staff(host, &desks, arguments).await?;
    page.tell(&format!("{} agents are online", agents.len()));

    let gateway = connect(host, "front-end", arguments.lanes).await?;
    let visitors = arrive(host, &gateway, arguments.visitors).await?;
    let here = clerk.read_counts().await?.visitors_here - before.visitors_here;
    ensure!(here == u64::from(arguments.visitors), "{here} visitors are counted");
    let lanes = arguments.lanes;
    page.tell(&format!("{here} visitors are attached over one connection with {lanes} lanes"));

    let extra = talk_all(page, host, arguments, (&gateway, visitors), agents, &tally).await?;

    let said = tally.said.load(Ordering::Relaxed);
    let due = u64::from(arguments.visitors) * 2 * u64::from(arguments.messages) + extra;
    ensure!(said == due, "{said} messages were said where {due} were due");
    let after = clerk.read_counts().await?;
    let due = v1::Counts { messages: before.messages + said, links: after.links, ..before };
    ensure!(after == due, "counted {after:?} in the end where {due:?} was due");
    ensure!(host.too_slow().unwrap_or(1) == 1, "one link was too slow, and no other one");
    host.verify()?;
    page.tell("every log is complete: each message once, in order, none missing");
    let (seconds, refused) = (page.began.elapsed().as_secs_f64(), &tally.refused);
    println!(
        "{said} messages in {seconds:.1} s ({:.0} a second), {} refused for a while and said again",
        said as f64 / seconds,
        refused.load(Ordering::Relaxed)
    );
    gateway.close().await;
    desks.close().await;
    Ok(())
}

async fn connect(host: &Host, name: &str, lanes: u32) -> Result<Client> {
    let options = host.options(Role::Gateway, name)?.lanes(lanes);
    let client = Client::connect(options).await.with_context(|| format!("{name} can't connect"))?;
    let lanes_max = client.welcome().limits.unwrap_or_default().lanes_max;
    ensure!(lanes <= lanes_max, "the broker allows {lanes_max} lanes, not {lanes}");
    Ok(client)
}

/// Signs the agents on, with room for all visitors.
async fn staff(
    host: &Host,
    desks: &Client,
    arguments: &Arguments,
) -> Result<Vec<Party<AgentLink>>> {
    let count = arguments.agents.unwrap_or(arguments.visitors.div_ceil(2));
    let capacity = arguments.visitors.div_ceil(count);
    let mut coming = JoinSet::new();
    for number in 1..=count {
        let name = host.named(&format!("agent-{number}"));
        let (desks, department) = (desks.clone(), host.department.clone());
        coming.spawn(async move {
            let agent = Party::new(name.clone(), desks.attach_agent(name).await?);
            agent.link.sign_on([department], capacity).await?;
            agent.link.set_status(v1::Status::Online, "").await?;
            anyhow::Ok(agent)
        });
    }
    gather(coming).await.context("not every agent could sign on")
}

async fn arrive(host: &Host, gateway: &Client, count: u32) -> Result<Vec<Party<VisitorLink>>> {
    let mut coming = JoinSet::new();
    for number in 1..=count {
        let name = host.named(&format!("visitor-{number}"));
        let page = format!("https://acme.example/beds/{}", number % 50);
        let visitor = Visitor::new(&host.site).id(&name).page(page, "Beds");
        let gateway = gateway.clone();
        coming.spawn(async move {
            anyhow::Ok(Party::new(name, gateway.attach_visitor(visitor).await?))
        });
    }
    gather(coming).await.context("not every visitor could be attached")
}

async fn gather<T: 'static>(mut coming: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    while let Some(come) = coming.join_next().await {
        all.push(come??);
    }
    Ok(all)
}

/// Lets everybody talk to the end. Gives back how many messages were said beyond the conversations.
async fn talk_all(
    page: Page,
    host: &Host,
    arguments: &Arguments,
    (gateway, mut visitors): (&Client, Vec<Party<VisitorLink>>),
    agents: Vec<Party<AgentLink>>,
    tally: &Arc<Tally>,
) -> Result<u64> {
    let limits = gateway.welcome().limits.unwrap_or_default();
    let (ended, mut is_over) = watch::channel(0);
    let mut work = JoinSet::new();
    for agent in agents {
        let until = (ended.clone(), u64::from(arguments.visitors));
        work.spawn(talk::attend(agent, Pace::new(&limits), Arc::clone(tally), until));
    }
    let slow = visitors.pop().context("at least two visitors")?;
    let tab = Visitor::new(&host.site).id(&slow.name);
    let mut slow = SlowReader::begin(slow, &host.department, tally).await?;
    page.tell(&format!("{} stops reading", slow.name()));
    let mut talks = JoinSet::new();
    for visitor in visitors {
        let (department, pace) = (host.department.clone(), Pace::new(&limits));
        let tally = Arc::clone(tally);
        talks.spawn(talk::converse(visitor, department, pace, arguments.messages, tally));
    }

    let story = async {
        let neighbours = async {
            gather(talks).await?;
            page.tell("all its neighbours are done, and their logs are complete");
            anyhow::Ok(())
        };
        let flood = async {
            let said = slow.flood(gateway, tab, tally).await?;
            page.tell(&format!("its other tabs and its agent have read {said} long texts"));
            anyhow::Ok(said)
        };
        let (said, ()) = tokio::try_join!(flood, neighbours)?;
        let caught = slow.catch_up().await?;
        page.tell(&format!(
            "it reads again: was cut off as too slow, is told {} messages, and that {} are missing",
            caught.told, caught.missing
        ));
        slow.converse(&limits, arguments.messages, tally).await?;
        is_over.wait_for(|ended| *ended >= u64::from(arguments.visitors)).await?;
        anyhow::Ok(said)
    };
    let said = tokio::select! {
        said = story => said?,
        error = first_fault(&mut work) => return Err(error),
        () = progress(page, tally, arguments.visitors) => 0,
    };
    gather(work).await?;
    Ok(said)
}

/// The first agent's fault; waits for ever while there is none.
async fn first_fault(work: &mut JoinSet<Result<()>>) -> anyhow::Error {
    while let Some(done) = work.join_next().await {
        if let Err(fault) = done.map_err(anyhow::Error::from).flatten() {
            return fault;
        }
    }
    std::future::pending().await
}

/// Says once a second how far it is, for ever.
async fn progress(page: Page, tally: &Tally, visitors: u32) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        let (done, said) = (&tally.done, &tally.said);
        let (done, said) = (done.load(Ordering::Relaxed), said.load(Ordering::Relaxed));
        page.tell(&format!("{said} messages said, {done} of {visitors} visitors done"));
    }
}
