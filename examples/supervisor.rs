//! A supervisor at a terminal: a wallboard, sessions watched with what is being typed, whispers, sessions taken over and ended.
//!
//! It starts a broker of its own, unless `--connect` names one, and plays a story in which the console's lines are typed by the program
//! and each claim is checked. With `--by-hand` the lines are yours, at the broker that is named:
//!
//! ```text
//! cargo run --example supervisor
//! cargo run --example supervisor -- --connect 127.0.0.1:4433 --data data --by-hand
//! ```
//!
//! Ends with 1 and a sentence when a claim fails, with 2 when there is no broker to talk to.

#[path = "supervisor/board.rs"]
mod board;
#[path = "supervisor/console.rs"]
mod console;
#[path = "support/host.rs"]
#[allow(dead_code, reason = "gateway asks more of it")]
mod host;
#[path = "support/party.rs"]
#[allow(dead_code, reason = "gateway asks more of it")]
mod party;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use frontdesk::broker::token::Role;
use frontdesk::client::{
    AgentLink, Asking, Client, Event, Events, SayError, Visitor, VisitorLink, v1,
};
use frontdesk::proto::v1::Code;
use tokio::sync::mpsc;

use self::console::{Console, Done};
use self::host::{Host, HostArguments};
use self::party::Party;

/// How long the console waits for what must come.
const PATIENCE: Duration = Duration::from_secs(15);

/// A supervisor's console.
///
/// Starts a broker of its own on a free port, unless --connect names one. At a broker with its development tenant --data is all
/// that is needed; at any other one give a gateway's --token, and --pin or --cert.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    host: HostArguments,
    /// Read commands from the terminal, until "quit" or its end; needs --connect
    #[arg(long, requires = "connect")]
    by_hand: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let host = match Host::open(&arguments.host).await {
        Ok(host) => host,
        Err(error) => {
            eprintln!("supervisor: {error:#}");
            return ExitCode::from(2);
        }
    };
    let done = match arguments.by_hand {
        true => by_hand(&host).await,
        false => story(&host).await,
    };
    host.close().await;
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("supervisor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The supervisor's connection, console and events.
async fn open(host: &Host) -> Result<(Client, Console, Events)> {
    let name = host.named("sue");
    let line = host.connect(Role::Supervisor, &name).await?;
    let (link, events) = line.attach_agent_as(name, v1::Role::Supervisor).await?;
    Ok((line, Console::open(link, host.department.clone()).await?, events))
}

/// Reads commands and prints what happens, until "quit" or the end of the input.
async fn by_hand(host: &Host) -> Result<()> {
    let (line, mut console, mut events) = open(host).await?;
    let mut typed = typed();
    loop {
        tokio::select! {
            event = events.next() => match event {
                None | Some(Event::Ended(_)) => bail!("the link is over"),
                Some(event) => console.hear(&event).into_iter().for_each(|told| println!("{told}")),
            },
            typed = typed.recv() => {
                let Some(typed) = typed else { break };
                match console.command(&typed).await {
                    Ok(Done::Quit) => break,
                    Ok(Done::Shown(shown)) => println!("{}", shown.trim_end()),
                    Err(no) => println!("{no:#}"),
                }
            }
        }
    }
    console.link.sign_off("").await?;
    line.close().await;
    Ok(())
}

/// The lines that are typed, until there are no more. Read on a thread of their own, which ends with the program.
fn typed() -> mpsc::Receiver<String> {
    let (lines, typed) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                break;
            }
        }
    });
    typed
}

/// The console with its events, as the story uses it.
struct Desk {
    console: Console,
    events: Events,
}

impl Desk {
    /// Types a line, and prints what it came to.
    async fn types(&mut self, line: &str) -> Result<String> {
        println!("> {line}");
        match self.console.command(line).await.with_context(|| format!("the line {line:?}"))? {
            Done::Shown(shown) => {
                println!("{}", shown.trim_end());
                Ok(shown)
            }
            Done::Quit => Ok(String::new()),
        }
    }

    /// Waits until the console prints a line that has this in it.
    async fn prints(&mut self, due: &str) -> Result<()> {
        let printed = async {
            while let Some(event) = self.events.next().await {
                if let Some(told) = self.console.hear(&event) {
                    println!("{told}");
                    if told.contains(due) {
                        return Ok(());
                    }
                }
            }
            bail!("the console's link is over")
        };
        let waited = tokio::time::timeout(PATIENCE, printed).await;
        waited.with_context(|| format!("the console never printed {due:?}"))?
    }

    /// Waits until the board is as it should be.
    async fn sees(&mut self, what: &str, due: impl Fn(&Console) -> bool) -> Result<()> {
        let seen = async {
            while !due(&self.console) {
                let event = self.events.next().await.context("the console's link is over")?;
                self.console.hear(&event).into_iter().for_each(|told| println!("{told}"));
            }
            Ok(())
        };
        let waited = tokio::time::timeout(PATIENCE, seen).await;
        waited.with_context(|| format!("the board never showed {what}"))?
    }
}

/// Plays the story. An error is a claim that failed, as a sentence.
async fn story(host: &Host) -> Result<()> {
    println!("the story is played at {}", host.describe());
    let (at_sue, console, events) = open(host).await?;
    let mut sue = Desk { console, events };
    let (at_ann, mut ann) = agent(host).await?;
    let (at_mia, mut mia) = visitor(host).await?;
    let counts = ann.link.read_counts().await?;
    ensure!(counts.agents_online == 1, "others are at work, and the story needs it for itself");

    let asking = Asking::new(&host.department).opening("It arrived broken.");
    let session = mia.link.ask(asking).await?.session;
    mia.until_joined().await?;
    let (whom, name) = (mia.name.clone(), ann.name.clone());
    sue.sees("that ann has mia", |console| {
        console.board.session_of(&whom) == Some(session)
            && console.board.sessions_of(&name) == Some(1)
    })
    .await?;
    let board = sue.types("board").await?;
    ensure!(board.contains(&name), "the wallboard doesn't show ann");
    sue.types("who").await?;

    sue.types(&format!("watch {whom}")).await?;
    sue.prints("It arrived broken.").await?;
    mia.link.preview(session, "my card is 4111 1111 1111 1111")?;
    sue.prints("my card is •••• •••• •••• ••••").await?;
    ann.link.say(session, "I am sorry. Let me look.").await?;
    sue.prints("Let me look.").await?;

    sue.types(&format!("whisper {whom} send her a new one")).await?;
    ann.until("the whisper", |event| match event {
        Event::Message(said) => said.text().filter(|text| *text == "send her a new one").map(drop),
        _ => None,
    })
    .await?;
    mia.until_message(session, 2).await?;
    let read = mia.log(session).to_vec();
    ensure!(read == ["It arrived broken.", "I am sorry. Let me look."], "mia reads {read:?}");
    println!("ann reads the whisper, and mia doesn't");
    // Ann's receipt of it leaves with the first of these, and would be refused once she takes part no longer.
    for _ in 0..2 {
        ann.link.read_session(session).await?;
    }

    sue.types(&format!("take {whom}")).await?;
    let who = mia.until_joined().await?;
    ensure!(who.id.starts_with("sue"), "mia is answered by {who:?} now");
    match ann.link.say(session, "One more thing").await {
        Err(SayError::Refused { refusal, .. }) if refusal.is(Code::NotInSession) => {}
        other => bail!("what ann says after she lost the session is answered {other:?}"),
    }
    sue.types(&format!("say {whom} A new one is on its way.")).await?;
    mia.until_message(session, 3).await?;
    sue.types(&format!("end {whom}")).await?;
    let (cause, last, _) = mia.until_closed(session).await?;
    ensure!(
        (cause, last) == (v1::CloseCause::Supervisor, 3),
        "the session ended by {cause:?} after {last} messages of mia's"
    );
    sue.prints("over").await?;

    sue.types("all Coffee at four").await?;
    ann.until("words to all", |event| match event {
        Event::Announcement { said, .. } => (said.text == "Coffee at four").then_some(()),
        _ => None,
    })
    .await?;
    let typo = sue.console.command("wach mia").await;
    ensure!(typo.is_err(), "what the console doesn't know it says so");
    sue.console.link.sign_off("").await?;
    ann.link.sign_off("").await?;
    mia.link.leave().await?;
    for line in [at_sue, at_ann, at_mia] {
        line.close().await;
    }
    host.verify()?;
    println!("it adds up");
    Ok(())
}

/// The agent, online.
async fn agent(host: &Host) -> Result<(Client, Party<AgentLink>)> {
    let name = host.named("ann");
    let line = host.connect(Role::Agent, &name).await?;
    let ann = Party::new(name.clone(), line.attach_agent(name).await?);
    ann.link.sign_on([&host.department], 3).await?;
    ann.link.set_status(v1::Status::Online, "").await?;
    Ok((line, ann))
}

async fn visitor(host: &Host) -> Result<(Client, Party<VisitorLink>)> {
    let name = host.named("mia");
    let line = host.connect(Role::Visitor, &name).await?;
    let arrival = Visitor::new(&host.site).id(&name).page("https://acme.example/", "Welcome");
    let mia = Party::new(name, line.attach_visitor(arrival).await?);
    Ok((line, mia))
}
