//! The demonstration: simulated visitors and agents at a running broker, through the real client over QUIC.
//!
//! Visitors come through two gateways, agents each over a connection of their own, and a supervisor's link reads the counts
//! for the wallboard. What people do is drawn from seeded dice; when they do it depends on the machine. The number of people
//! is fixed, so nothing grows.

mod agents;
mod dice;
mod tally;
mod visitors;
mod wallboard;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use frontdesk::broker::Broker;
use frontdesk::broker::identity::{DEVELOPMENT_DEPARTMENTS, Development};
use frontdesk::broker::token::{Bearer, Grant, Role, mint};
use frontdesk::client::{AgentLink, Client, Events, Options, Token, Trust};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use self::dice::Dice;
use self::tally::Tally;
use self::wallboard::{Sample, Wallboard};
use crate::arguments::DemoArguments;

/// Connections that visitors share.
const GATEWAYS: u32 = 2;
/// Lanes of each of them.
const GATEWAY_LANES: u32 = 4;
/// How long a token of the demonstration is good; the client fetches a new one before it expires.
const TOKEN_TIME: Duration = Duration::from_secs(3_600);
/// How long those who said goodbye may take to be gone.
const GOODBYE_TIME: Duration = Duration::from_secs(5);

/// How a demonstration ended.
pub(crate) enum Outcome {
    /// All went as it should.
    Whole,
    /// Something was refused or lost that should not have been.
    Flawed(String),
}

/// What all simulated people share.
pub(crate) struct Stage {
    address: String,
    trust: Trust,
    development: Development,
    tally: Tally,
}

impl Stage {
    /// Connects as someone of the development tenant.
    async fn connect(&self, role: Role, subject: &str, lanes: u32) -> Result<Client> {
        let bearer = Bearer::new(role, subject).ok_or_else(|| anyhow!("{subject:?} is no id"))?;
        let Development { tenant, key } = self.development.clone();
        let token = Token::provider(move || {
            let expires =
                SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + TOKEN_TIME;
            let expires_wall_ms = u64::try_from(expires.as_millis()).unwrap_or(u64::MAX);
            let token = mint(&key, &Grant::new(tenant.id.clone(), bearer.clone(), expires_wall_ms));
            async move { Ok(token?) }
        });
        let options = Options::new(&self.address)
            .trust(self.trust.clone())
            .token(token)
            .name("frontdesk-demo")
            .lanes(lanes);
        Client::connect(options)
            .await
            .with_context(|| format!("{} {subject} did not connect", role.as_str()))
    }
}

/// Runs until the seconds are over, or until it is dropped.
pub(crate) async fn run(broker: &Broker, arguments: &DemoArguments) -> Result<Outcome> {
    let identity = broker.identity();
    let stage = Arc::new(Stage {
        address: crate::greeting::reachable(broker.local_addr()).to_string(),
        trust: Trust::pin(&identity.pin)?,
        development: identity
            .development
            .clone()
            .ok_or_else(|| anyhow!("there is no development tenant"))?,
        tally: Tally::new(),
    });
    let (supervisor, counts, _events) = supervisor(&stage).await?;
    let (people, clients) = enter(&stage, arguments).await?;

    let mut board = Wallboard::new(arguments);
    let until = arguments.demo_seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    watch(&stage, &counts, &mut board, until).await?;

    drop(people);
    let goodbyes: JoinSet<_> = clients.into_iter().chain([supervisor]).map(Client::close).collect();
    let _ = timeout(GOODBYE_TIME, goodbyes.join_all()).await;
    board.finish(&stage.tally);
    Ok(stage.tally.outcome())
}

/// The link whose eyes the wallboard sees with.
async fn supervisor(stage: &Stage) -> Result<(Client, AgentLink, Events)> {
    let client = stage.connect(Role::Supervisor, "demo-supervisor", 1).await?;
    let (link, events) =
        client.attach_agent("").await.context("the supervisor was not attached")?;
    Ok((client, link, events))
}

/// Lets everybody in; each lives until the set is dropped.
async fn enter(
    stage: &Arc<Stage>,
    arguments: &DemoArguments,
) -> Result<(JoinSet<()>, Vec<Client>)> {
    let mut people = JoinSet::new();
    let mut clients = Vec::new();
    for number in 0..arguments.demo_agents {
        let name = format!("demo-agent-{number}");
        let client = stage.connect(Role::Agent, &name, 1).await?;
        let dice = Dice::new(arguments.demo_seed, u64::from(number));
        people.spawn(agents::work(stage.clone(), client.clone(), dice));
        clients.push(client);
    }
    let mut gateways = Vec::new();
    for number in 0..GATEWAYS {
        let name = format!("demo-gateway-{number}");
        gateways.push(stage.connect(Role::Gateway, &name, GATEWAY_LANES).await?);
    }
    for (number, client) in (0..arguments.demo_visitors).zip(gateways.iter().cycle()) {
        // Agents' dice have the numbers below.
        let dice = Dice::new(arguments.demo_seed, 1 << 32 | u64::from(number));
        people.spawn(visitors::live(stage.clone(), client.clone(), number, dice));
    }
    clients.extend(gateways);
    Ok((people, clients))
}

/// Draws the wallboard once a second until it is time.
async fn watch(
    stage: &Stage,
    counts: &AgentLink,
    board: &mut Wallboard,
    until: Option<Instant>,
) -> Result<()> {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    seconds.tick().await;
    while until.is_none_or(|until| Instant::now() < until) {
        seconds.tick().await;
        let counts = counts.read_counts().await.context("the counts could not be read")?;
        board.draw(&Sample { counts, tally: &stage.tally });
    }
    Ok(())
}

fn department(dice: &mut Dice) -> &'static str {
    DEVELOPMENT_DEPARTMENTS[dice.below(DEVELOPMENT_DEPARTMENTS.len())]
}
