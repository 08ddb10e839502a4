//! The broker that an example talks to: one of its own on a free port, or one that `--connect` names.
//!
//! One of its own lives in this process with a data folder that is removed afterwards. Never touches the folder of another
//! broker but to read the certificate and the key in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use frontdesk::broker::Broker;
use frontdesk::broker::config::Config;
use frontdesk::broker::identity::{
    BrokerIdentity, DEVELOPMENT_DEPARTMENTS, DEVELOPMENT_SITES, Development,
};
use frontdesk::broker::token::{Bearer, Grant, Role, mint};
use frontdesk::client::{Client, MessageId, Options, Trust, v1};
use frontdesk::engine::journal::Memory;

/// How long one connecting may take before it is given up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a token is good: longer than any example runs.
const TOKEN_TIME: Duration = Duration::from_secs(600);
/// How long the example's own broker waits for connections to go: a severed one never says that it has gone.
const DRAIN_TIME: Duration = Duration::from_millis(500);
/// Facts that the journal of the example's own broker holds.
const FACTS_MAX: usize = 1_000_000;

/// Which broker to talk to.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct HostArguments {
    /// Talk to the broker at this address (host:port) instead of starting one
    #[arg(long, value_name = "ADDRESS")]
    connect: Option<String>,
    /// The data folder of a broker with its development tenant: gives its pin and makes all tokens
    #[arg(long, value_name = "FOLDER", requires = "connect", conflicts_with_all = ["token", "pin", "cert"])]
    data: Option<PathBuf>,
    /// A gateway's token, as `broker token --role gateway --sub example` prints it
    #[arg(long, value_name = "TOKEN", requires = "connect")]
    token: Option<String>,
    /// The SHA-256 of the broker's certificate, as `broker pin` prints it
    #[arg(long, value_name = "HEX", requires = "connect", conflicts_with = "cert")]
    pin: Option<String>,
    /// A PEM file with the broker's certificate, or with the one that signed it
    #[arg(long, value_name = "FILE", requires = "connect")]
    cert: Option<PathBuf>,
    /// The name in the broker's certificate
    #[arg(long, value_name = "NAME", requires = "connect", default_value = "localhost")]
    server_name: String,
    /// The tenant's site where the visitors are
    #[arg(long, value_name = "ID", requires = "connect", default_value = "www")]
    pub(crate) site: String,
    /// The tenant's department that they ask
    #[arg(long, value_name = "ID", requires = "connect", default_value = "sales")]
    pub(crate) department: String,
}

/// How people show who they are.
enum Means {
    /// Each with a token of its own.
    Each(Box<Development>),
    /// All by one gateway's token.
    Gateway(String),
}

/// A broker to talk to.
pub(crate) struct Host {
    options: Options,
    means: Means,
    pub(crate) site: String,
    pub(crate) department: String,
    suffix: String,
    // Dropped before the folder is removed.
    own: Option<Broker>,
    _folder: Option<TemporaryFolder>,
}

impl Host {
    /// Starts a broker of its own, or finds the one that the arguments name and looks whether it lets anybody in.
    pub(crate) async fn open(arguments: &HostArguments) -> Result<Self> {
        match &arguments.connect {
            None => Self::start(),
            Some(address) => Self::find(address, arguments).await,
        }
    }

    fn start() -> Result<Self> {
        let folder = TemporaryFolder::new();
        let mut config = Config::embedded(&folder.0);
        config.listen.set_port(0);
        config.http = None;
        config.drain_time = DRAIN_TIME;
        let broker = Broker::bind(config, Arc::new(Memory::new(FACTS_MAX)))
            .context("no broker could be started here")?;
        let identity = broker.identity();
        let means = identity.development.clone().context("there is no development tenant")?;
        let options =
            Options::new(broker.local_addr().to_string()).trust(Trust::pin(&identity.pin)?);
        Ok(Self {
            options: common(options),
            means: Means::Each(Box::new(means)),
            // Those of the development tenant.
            site: DEVELOPMENT_SITES[0].to_owned(),
            department: DEVELOPMENT_DEPARTMENTS[0].to_owned(),
            suffix: String::new(),
            own: Some(broker),
            _folder: Some(folder),
        })
    }

    async fn find(address: &str, arguments: &HostArguments) -> Result<Self> {
        let (trust, means) = match &arguments.data {
            Some(folder) => from_data(folder)?,
            None => from_token(arguments)?,
        };
        let options = Options::new(address).server_name(&arguments.server_name).trust(trust);
        let host = Self {
            options: common(options),
            means,
            site: arguments.site.clone(),
            department: arguments.department.clone(),
            // Another run's people may still be in their grace there.
            suffix: format!("-{}", &MessageId::random().to_string()[..6]),
            own: None,
            _folder: None,
        };
        let visit = host.connect(Role::Gateway, "example").await;
        let asked = format!("the broker at {address} doesn't let this example in");
        let visit = visit.context(asked)?;
        let role = visit.welcome().role();
        visit.close().await;
        ensure!(
            role == v1::Role::Gateway,
            "the token is for {}, and this example plays many people; give a gateway's",
            role.as_str_name()
        );
        Ok(host)
    }

    /// A name that nobody else at the broker has.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    /// The options for one person's connection, or a gateway's.
    pub(crate) fn options(&self, role: Role, subject: &str) -> Result<Options> {
        let token = match &self.means {
            Means::Gateway(token) => token.clone(),
            Means::Each(development) => {
                let bearer =
                    Bearer::new(role, subject).ok_or_else(|| anyhow!("{subject:?} is no id"))?;
                let expires = SystemTime::UNIX_EPOCH.elapsed()? + TOKEN_TIME;
                let tenant = development.tenant.id.clone();
                let grant = Grant::new(tenant, bearer, u64::try_from(expires.as_millis())?);
                mint(&development.key, &grant)?
            }
        };
        Ok(self.options.clone().token(token))
    }

    /// Connects with those.
    pub(crate) async fn connect(&self, role: Role, subject: &str) -> Result<Client> {
        let connected = Client::connect(self.options(role, subject)?).await;
        connected.with_context(|| format!("{subject} could not connect"))
    }

    /// Whether a visitor shows a token of its own, so that the broker sees its address by itself.
    pub(crate) fn visitors_come_themselves(&self) -> bool {
        matches!(self.means, Means::Each(_))
    }

    /// Where it is, for the narration.
    pub(crate) fn describe(&self) -> String {
        match &self.own {
            Some(broker) => format!("a broker of our own at {}", broker.local_addr()),
            None => "the broker that was named".to_owned(),
        }
    }

    /// Whether the books of a broker of its own agree; nothing is known of another's.
    pub(crate) fn verify(&self) -> Result<()> {
        let Some(broker) = &self.own else { return Ok(()) };
        let verified = broker.engine().verify(broker.now());
        verified.map_err(|faults| anyhow!("the broker's books disagree: {}", faults.join("; ")))
    }

    /// How many links a broker of its own has cut off as too slow; `None` where another's is talked to.
    pub(crate) fn too_slow(&self) -> Option<u64> {
        let page = self.own.as_ref()?.metrics().page();
        let line = page.lines().find_map(|line| line.strip_prefix("frontdesk_too_slow_total "));
        line?.trim().parse().ok()
    }

    /// Stops a broker of its own in good order.
    pub(crate) async fn close(self) {
        if let Some(broker) = &self.own {
            broker.drain().await;
        }
    }
}

fn common(options: Options) -> Options {
    options.name("frontdesk-example").connect_timeout(CONNECT_TIMEOUT)
}

fn from_data(folder: &Path) -> Result<(Trust, Means)> {
    // Opening makes what isn't there, and a key made here opens no door there.
    ensure!(
        folder.join("certificate.pem").is_file(),
        "{} is no broker's data folder; give the one that the broker printed when it started",
        folder.display()
    );
    let identity = BrokerIdentity::open(&Config::embedded(folder))?;
    let development = identity.development.context("there is no development tenant")?;
    Ok((Trust::pin(&identity.pin)?, Means::Each(Box::new(development))))
}

fn from_token(arguments: &HostArguments) -> Result<(Trust, Means)> {
    let Some(token) = &arguments.token else {
        bail!(
            "--connect needs a way in: --data FOLDER for a broker with its development tenant, or --token TOKEN with --pin HEX or --cert FILE"
        );
    };
    let trust = match (&arguments.pin, &arguments.cert) {
        (Some(pin), _) => Trust::pin(pin).context("--pin")?,
        (None, Some(file)) => Trust::File(file.clone()),
        (None, None) => bail!(
            "whom to take for the broker? give its --pin HEX, or its certificate with --cert FILE"
        ),
    };
    Ok((trust, Means::Gateway(token.clone())))
}

/// A folder that nobody else has, removed when this is dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Self {
        let name = format!("frontdesk-example-{}", MessageId::random());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What can't be removed is the system's to clear.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
