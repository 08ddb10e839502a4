//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use frontdesk::broker::config::LogFormat;
use frontdesk::broker::token::Role;

/// The frontdesk broker: visitors, agents and gateways over QUIC.
///
/// Without anything it serves on loopback with a certificate and a tenant of its own, made under data/ on first start. What is
/// logged is chosen by the environment variable RUST_LOG (info by default).
#[derive(Parser)]
#[command(name = "broker", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Subcommand)]
pub(crate) enum Action {
    /// Serve; the same as without a command
    Run(RunArguments),
    /// Print a token of the development tenant
    Token(TokenArguments),
    /// Print the SHA-256 of the certificate, by which clients know the broker
    Pin(Place),
    /// Say whether a configuration is good and which policies would run, and if not, everything that is wrong with it
    Check(Place),
}

/// Where configuration and data lie.
#[derive(Args)]
pub(crate) struct Place {
    /// The configuration file; examples/broker.toml explains each field
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The data folder [default: data, or what the configuration says]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Where QUIC listens (UDP) [default: 127.0.0.1:4433]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where /metrics, /health and /ready listen (TCP), or "off" [default: 127.0.0.1:9433]
    #[arg(long, value_name = "ADDRESS", value_parser = http)]
    pub(crate) http: Option<Http>,
    /// How log lines look: text or json [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = log_format)]
    pub(crate) log_format: Option<LogFormat>,
    #[command(flatten)]
    pub(crate) demo: DemoArguments,
}

#[derive(Args)]
pub(crate) struct DemoArguments {
    /// Drive simulated visitors and agents at the broker and show a wallboard
    #[arg(long)]
    demo: bool,
    /// End the demonstration by itself after so many seconds (implies --demo)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) demo_seconds: Option<u64>,
    /// Simulated visitors at once
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) demo_visitors: u32,
    /// Simulated agents
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) demo_agents: u32,
    /// What the simulated people's dice begin from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) demo_seed: u64,
}

impl DemoArguments {
    pub(crate) fn is_wanted(&self) -> bool {
        self.demo || self.demo_seconds.is_some()
    }
}

#[derive(Args)]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// visitor, agent, bot, supervisor, admin or gateway
    #[arg(long, value_parser = role)]
    pub(crate) role: Role,
    /// The person's id, or the gateway's name
    #[arg(long, value_name = "ID")]
    pub(crate) sub: String,
    /// Whose token
    #[arg(long, default_value = "dev")]
    pub(crate) tenant: String,
    /// How long it is good, as 90s, 15m, 1h or 7d
    #[arg(long, default_value = "1h", value_parser = span)]
    pub(crate) ttl: Span,
    /// The only departments that it reaches, with commas between them [default: all]
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) departments: Vec<String>,
}

/// An address, or nowhere.
#[derive(Clone, Copy)]
pub(crate) struct Http(pub(crate) Option<SocketAddr>);

/// A span of at most a year.
#[derive(Clone, Copy)]
pub(crate) struct Span(pub(crate) Duration);

fn http(text: &str) -> Result<Http, String> {
    match text {
        "off" => Ok(Http(None)),
        _ => text.parse().map(|address| Http(Some(address))).map_err(|_| {
            "write an address with a port, as 127.0.0.1:9433 or [::1]:9433, or \"off\"".to_owned()
        }),
    }
}

fn log_format(word: &str) -> Result<LogFormat, &'static str> {
    LogFormat::from_word(word).ok_or("must be text or json")
}

fn role(word: &str) -> Result<Role, &'static str> {
    Role::from_word(word).ok_or("must be visitor, agent, bot, supervisor, admin or gateway")
}

fn span(text: &str) -> Result<Span, &'static str> {
    const FAULT: &str = "write a number and s, m, h or d, as 90s, 15m, 1h or 7d; at most 365d";
    let unit_s = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(FAULT),
    };
    let count: u64 = text[..text.len() - 1].parse().map_err(|_| FAULT)?;
    match count.checked_mul(unit_s) {
        Some(seconds @ 1..=31_536_000) => Ok(Span(Duration::from_secs(seconds))),
        _ => Err(FAULT),
    }
}
