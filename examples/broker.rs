//! The standalone broker: one command, no setup.
//!
//! ```text
//! cargo run --release --example broker                      # on loopback, with a development certificate and tenant
//! cargo run --release --example broker -- --demo            # with simulated visitors and agents and a live wallboard
//! cargo run --release --example broker -- --config FILE     # the real thing; examples/broker.toml explains each field
//! cargo run --release --example broker -- token --role visitor --sub v-1
//! ```
//!
//! SIGHUP reads the configuration again: its tenants, their keys, and policies of a higher version hold from then on. Ends with 0 after a drain (Ctrl-C or SIGTERM), 1 when the demonstration saw something wrong, 2 when it could not start.

#[path = "broker/arguments.rs"]
mod arguments;
#[path = "broker/demo.rs"]
mod demo;
#[path = "broker/greeting.rs"]
mod greeting;

use std::convert::Infallible;
use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Parser as _;
use frontdesk::broker::Broker;
use frontdesk::broker::config::{CertificateSource, Config, LogFormat};
use frontdesk::broker::identity::{BrokerIdentity, DEVELOPMENT_TENANT};
use frontdesk::broker::kept::KeptPolicies;
use frontdesk::broker::token::{Bearer, Grant, mint};
use frontdesk::desk::id::{DepartmentId, TenantId};
use frontdesk::engine::journal::Memory;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Action, Arguments, DemoArguments, Place, RunArguments, TokenArguments};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Facts that the in-memory journal holds before it forgets the oldest.
const FACTS_MAX: usize = 1_000_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.action {
        None => run(&arguments.run),
        Some(Action::Run(arguments)) => run(&arguments),
        Some(Action::Token(arguments)) => token(&arguments).map(|()| ExitCode::SUCCESS),
        Some(Action::Pin(place)) => pin(&place).map(|()| ExitCode::SUCCESS),
        Some(Action::Check(place)) => check(&place).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("broker: {error:#}");
        ExitCode::from(2)
    })
}

/// Reads the configuration that the arguments name, or the embedded one.
fn configuration(place: &Place) -> Result<Config> {
    let mut config = match &place.config {
        Some(file) => Config::from_file(file)?,
        None => Config::embedded("data"),
    };
    if let Some(folder) = &place.data {
        config.data_folder.clone_from(folder);
    }
    Ok(config)
}

fn run(arguments: &RunArguments) -> Result<ExitCode> {
    let mut config = configuration(&arguments.place)?;
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.http = arguments.http.map_or(config.http, |http| http.0);
    config.log_format = arguments.log_format.unwrap_or(config.log_format);
    let demo = arguments.demo.is_wanted().then_some(&arguments.demo);
    if demo.is_some() && !config.tenants.is_empty() {
        bail!(
            "the demonstration needs the development tenant, and the configuration names others; leave --config away"
        );
    }
    // During a demonstration the wallboard is on the screen.
    log_to_stderr(config.log_format, if demo.is_some() { "warn" } else { "info" });
    let runtime = tokio::runtime::Runtime::new().context("the async runtime did not start")?;
    runtime.block_on(serve(config, &arguments.place, demo))
}

async fn serve(config: Config, place: &Place, demo: Option<&DemoArguments>) -> Result<ExitCode> {
    // Before anybody knows of the broker: without a listener the signal would end the process.
    let hangups = Hangups::listen()?;
    let broker = Broker::bind(config.clone(), Arc::new(Memory::new(FACTS_MAX)))?;
    greeting::print(&broker, &config);
    let shown = async {
        match demo {
            Some(arguments) => demo::run(&broker, arguments).await,
            None => std::future::pending().await,
        }
    };
    let outcome = tokio::select! {
        outcome = shown => outcome?,
        () = stop_wanted() => demo::Outcome::Whole,
        never = reload_when_wanted(hangups, &broker, place) => match never {},
    };
    drain(&broker).await;
    Ok(match outcome {
        demo::Outcome::Whole => ExitCode::SUCCESS,
        demo::Outcome::Flawed(reason) => {
            eprintln!("broker: the demonstration saw something wrong: {reason}");
            ExitCode::FAILURE
        }
    })
}

/// Drains; a second wish to stop ends the process at once.
async fn drain(broker: &Broker) {
    println!("draining: clients are told to come back; Ctrl-C again stops at once");
    tokio::select! {
        () = broker.drain() => println!("drained"),
        () = stop_wanted() => {
            println!("stopped before the drain was over");
            std::process::exit(130);
        }
    }
}

/// The SIGHUPs that this process gets; where there are none, none come.
struct Hangups(#[cfg(unix)] tokio::signal::unix::Signal);

impl Hangups {
    fn listen() -> Result<Self> {
        #[cfg(unix)]
        return {
            use tokio::signal::unix::{SignalKind, signal};

            let hangups = signal(SignalKind::hangup());
            Ok(Self(hangups.context("the process can't listen for SIGHUP")?))
        };
        #[cfg(not(unix))]
        Ok(Self())
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if self.0.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }
}

/// Reads the configuration again at each SIGHUP. A file with faults changes nothing.
async fn reload_when_wanted(mut hangups: Hangups, broker: &Broker, place: &Place) -> Infallible {
    loop {
        hangups.next().await;
        let reloaded = configuration(place).and_then(|config| Ok(broker.reload(&config)?));
        if let Err(error) = reloaded {
            tracing::error!("the configuration stays as it was: {error:#}");
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_wanted() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};

        match signal(SignalKind::terminate()) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            if interrupted.is_err() {
                // Without signals the process can only be killed.
                std::future::pending::<()>().await;
            }
        }
        _ = terminated => {}
    }
}

/// Logs what RUST_LOG chooses, and without it what `default` does.
fn log_to_stderr(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}

fn token(arguments: &TokenArguments) -> Result<()> {
    let config = configuration(&arguments.place)?;
    if arguments.tenant != DEVELOPMENT_TENANT {
        bail!(
            "the data folder has the key of the tenant {DEVELOPMENT_TENANT:?} only; tokens of {:?} are made by its own server",
            arguments.tenant
        );
    }
    let is_new = !config.data_folder.exists();
    let development = BrokerIdentity::open(&config)?.development.ok_or_else(|| {
        anyhow!("the configuration names tenants, so the development tenant is not served; their own servers make tokens")
    })?;
    if is_new {
        eprintln!("broker: made a new identity in {}", config.data_folder.display());
    }
    let bearer = Bearer::new(arguments.role, &arguments.sub).ok_or_else(|| {
        anyhow!("{:?} is no id; give 1 to 64 bytes without control characters", arguments.sub)
    })?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock stands before 1970; set it")?;
    let expires_wall_ms = u64::try_from((now + arguments.ttl.0).as_millis())?;
    let mut grant = Grant::new(development.tenant.id, bearer, expires_wall_ms);
    if !arguments.departments.is_empty() {
        let departments = arguments.departments.iter().map(|id| DepartmentId::new(id));
        grant.departments = Some(departments.collect::<Result<_, _>>()?);
    }
    println!("{}", mint(&development.key, &grant)?);
    Ok(())
}

fn pin(place: &Place) -> Result<()> {
    println!("{}", BrokerIdentity::open(&configuration(place)?)?.pin);
    Ok(())
}

fn check(place: &Place) -> Result<()> {
    let config = configuration(place)?;
    if let CertificateSource::Files { certificate, key } = &config.certificate {
        BrokerIdentity::check_certificate(certificate, key)?;
    }
    let kept = KeptPolicies::of(&config.data_folder);
    let development = TenantId::new(DEVELOPMENT_TENANT)?;
    let mut in_force = Vec::new();
    for tenant in &config.tenants {
        let (policy, origin) = kept.choose(&tenant.id, &tenant.policy)?;
        in_force.push(format!("  {}: policy {}, {origin}", tenant.id, policy.version));
    }
    let served = if config.tenants.is_empty() {
        if let Some(policy) = kept.read(&development)? {
            in_force.push(format!(
                "  {development}: policy {}, put in force by an admin",
                policy.version
            ));
        }
        "the development tenant".to_owned()
    } else {
        format!("{} tenant(s)", config.tenants.len())
    };
    println!("good: listens on {}, serves {served}", config.listen);
    in_force.iter().for_each(|line| println!("{line}"));
    Ok(())
}
