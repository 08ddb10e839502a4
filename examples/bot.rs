//! A bot that answers by keyword and hands over to people when it is asked to.
//!
//! It starts a broker of its own, unless `--connect` names one, and plays a story with a visitor and an agent that checks each claim,
//! also that what the bot says too late is refused. With `--serve` it only works, at the broker that is named, until it is interrupted:
//!
//! ```text
//! cargo run --example bot
//! cargo run --example bot -- --answers examples/bot.toml
//! cargo run --example bot -- --connect 127.0.0.1:4433 --data data --serve
//! ```
//!
//! Ends with 1 and a sentence when a claim fails, with 2 when there is no broker to talk to or no answers can be read.

#[path = "bot/answers.rs"]
mod answers;
#[path = "support/host.rs"]
#[allow(dead_code, reason = "gateway asks more of it")]
mod host;
#[path = "support/party.rs"]
#[allow(dead_code, reason = "gateway asks more of it")]
mod party;
#[path = "bot/program.rs"]
mod program;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use frontdesk::broker::token::Role;
use frontdesk::client::{AgentLink, Asking, Client, Event, SayError, Visitor, VisitorLink, v1};
use frontdesk::proto::v1::Code;

use self::answers::{Answers, Reaction};
use self::host::{Host, HostArguments};
use self::party::Party;
use self::program::Program;

/// The answers that it has without `--answers`.
const ANSWERS: &str = include_str!("bot.toml");

/// A bot answers by keyword and hands over to people.
///
/// Starts a broker of its own on a free port, unless --connect names one. At a broker with its development tenant --data is all
/// that is needed; at any other one give a gateway's --token, and --pin or --cert.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    host: HostArguments,
    /// What the bot says, as examples/bot.toml has it
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Only answer visitors, until interrupted; needs --connect
    #[arg(long, requires = "connect")]
    serve: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let begun = async {
        let answers = match &arguments.answers {
            None => Answers::read(ANSWERS)?,
            Some(file) => {
                let text = std::fs::read_to_string(file);
                let named = || file.display().to_string();
                Answers::read(&text.with_context(named)?).with_context(named)?
            }
        };
        Ok::<_, anyhow::Error>((answers, Host::open(&arguments.host).await?))
    };
    let (answers, host) = match begun.await {
        Ok(begun) => begun,
        Err(error) => {
            eprintln!("bot: {error:#}");
            return ExitCode::from(2);
        }
    };
    let done = match arguments.serve {
        true => serve(&host, answers).await,
        false => story(&host, answers).await,
    };
    host.close().await;
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bot: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers visitors until it is interrupted.
async fn serve(host: &Host, answers: Answers) -> Result<()> {
    let (line, robo, work) = begin(host, answers).await?;
    println!("the bot is at work; Ctrl-C ends it");
    tokio::signal::ctrl_c().await.context("no signal can be waited for")?;
    robo.sign_off("end of its day").await?;
    line.close().await;
    work.await?
}

type Work = tokio::task::JoinHandle<Result<()>>;

/// The bot signs on and works on its own task.
async fn begin(host: &Host, answers: Answers) -> Result<(Client, AgentLink, Work)> {
    let name = host.named("robo");
    let line = host.connect(Role::Bot, &name).await?;
    let (link, events) = line.attach_agent_as(&name, v1::Role::Bot).await?;
    link.sign_on([&host.department], 50).await?;
    let program = Program::new(link.clone(), answers, host.department.clone());
    let work = tokio::spawn(program.work(events));
    link.set_status(v1::Status::Online, "started").await?;
    Ok((line, link, work))
}

/// Plays the story. An error is a claim that failed, as a sentence.
async fn story(host: &Host, answers: Answers) -> Result<()> {
    println!("the story is played at {}", host.describe());
    let (at_robo, robo, work) = begin(host, answers.clone()).await?;
    let (at_ann, mut ann) = agent(host).await?;
    let (at_mia, mut mia) = visitor(host).await?;
    let before = ann.link.read_counts().await?;
    ensure!(
        before.agents_online == 1 && before.waiting == 0,
        "others are at work at this broker, and the story needs it for itself"
    );

    let asked = mia.link.ask(Asking::new(&host.department).opening("Hello?")).await?;
    let session = asked.session;
    mia.until_joined().await?;
    mia.until_message(session, 2).await?;
    let opening = match answers.to("Hello?") {
        Reaction::Say(answer) => answer,
        Reaction::HandOver => bail!("these answers take \"Hello?\" for a wish to talk to people"),
    };
    mia.until_message(session, 3).await?;
    let first = mia.log(session)[1..].to_vec();
    ensure!(
        first.contains(&answers.greeting) && first.contains(&opening),
        "the bot greets and answers, and doesn't say {first:?}"
    );
    println!("mia asks, and the bot greets her");
    for question in ["When are you open?", "Can I RETURN it?", "Why is the sky blue?"] {
        let Reaction::Say(due) = answers.to(question) else { continue };
        mia.link.say(session, question).await?;
        let seen = mia.seen(session) + 2;
        mia.until_message(session, seen).await?;
        let answer = mia.log(session).last().cloned().unwrap_or_default();
        ensure!(answer == due, "the bot answers {question:?} by {answer:?}, not by {due:?}");
        println!("mia: {question}\nbot: {answer}");
    }

    ann.link.set_status(v1::Status::Online, "").await?;
    mia.link.say(session, "I want to talk to a person, 人工").await?;
    let offer = ann
        .until("that she is asked", |event| match event {
            Event::OfferMade { offer, session: of, .. } if *of == session => Some(*offer),
            _ => None,
        })
        .await?;
    let refused = robo.say(session, &answers.nobody).await;
    ensure!(refused.is_ok(), "while ann is asked the bot still has the session: {refused:?}");
    ann.link.accept_offer(offer).await?;
    let who = mia.until_joined().await?;
    ensure!(who.id == ann.name, "mia is answered by {who:?}");
    println!("mia asks for a person; ann is asked, accepts and has the session");

    match robo.say(session, "One more thing").await {
        Err(SayError::Refused { refusal, .. }) if refusal.is(Code::NotInSession) => {
            println!("what the bot says late is refused: {refusal}");
        }
        other => bail!("what the bot says late is answered {other:?}"),
    }
    let said = ann.link.say(session, "I am a person. What can I do?").await?;
    ann.until_message(session, said.seq).await?;
    let read = ann.log(session).to_vec();
    ensure!(
        mia.log(session).iter().all(|word| read.contains(word)),
        "ann reads all that was said before she came: {read:?}"
    );
    mia.until("ann's words", |event| match event {
        Event::Message(said) => said.text().filter(|text| text.contains("a person.")).map(drop),
        _ => None,
    })
    .await?;
    ann.link.close(session).await?;
    mia.until_closed(session).await?;

    robo.sign_off("end of its day").await?;
    ann.link.sign_off("").await?;
    mia.link.leave().await?;
    for line in [at_robo, at_ann, at_mia] {
        line.close().await;
    }
    drop((robo, ann));
    work.await??;
    host.verify()?;
    println!("it adds up");
    Ok(())
}

/// The agent: signed on, and away until the bot needs her.
async fn agent(host: &Host) -> Result<(Client, Party<AgentLink>)> {
    let name = host.named("ann");
    let line = host.connect(Role::Agent, &name).await?;
    let ann = Party::new(name.clone(), line.attach_agent(name).await?);
    ann.link.sign_on([&host.department], 3).await?;
    Ok((line, ann))
}

async fn visitor(host: &Host) -> Result<(Client, Party<VisitorLink>)> {
    let name = host.named("mia");
    let line = host.connect(Role::Visitor, &name).await?;
    let arrival = Visitor::new(&host.site).id(&name).page("https://acme.example/", "Welcome");
    let mia = Party::new(name, line.attach_visitor(arrival).await?);
    Ok((line, mia))
}
