//! The broker as a process, as an operator has it: the example `broker` is started, told by SIGHUP to read its file again, killed, and
//! started again on the same folder.
//!
//! The example is built along with the tests. Whoever runs this file alone builds it before: `cargo build --example broker`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use frontdesk::broker::kept::KeptPolicies;
use frontdesk::broker::token::{Bearer, Grant, Role, SigningKey, mint};
use frontdesk::client::v1::{Code, policy as part};
use frontdesk::client::{AgentLink, Client, EndReason, Event, Options, RequestError, Trust};
use frontdesk::desk::id::TenantId;

/// When a test gives up: far beyond what anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);
/// The key of all tenants: 32 times the letter k.
const SECRET: &[u8; 32] = b"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
const SECRET_BASE64: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

/// A folder with a configuration and its data, gone afterwards.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("broker.toml")
    }

    /// Writes the configuration: tenants with the version of their policy and the sites that it has.
    fn configure(&self, tenants: &[(&str, u64, &[&str])]) {
        let mut text = "listen = \"127.0.0.1:0\"\nhttp = \"off\"\n".to_owned();
        for (id, version, sites) in tenants {
            text += &format!(
                "[[tenants]]\nid = \"{id}\"\nversion = {version}\nsites = {sites:?}\n\
                 [[tenants.departments]]\nid = \"sales\"\n\
                 [[tenants.keys]]\nkid = \"k\"\nalg = \"HS256\"\nsecret = \"{SECRET_BASE64}\"\n"
            );
        }
        std::fs::write(self.file(), text).unwrap();
    }

    fn start(&self) -> Process {
        let mut child = self.command(&[]).spawn().unwrap();
        let said = lines(child.stdout.take().unwrap());
        let logged = lines(child.stderr.take().unwrap());
        let mut process =
            Process { child, said, logged, address: String::new(), pin: String::new() };
        let word = |line: String, n: usize| line.split_whitespace().nth(n).unwrap().to_owned();
        process.address = word(process.says("listens on"), 2);
        process.pin = word(process.says("its pin"), 2);
        process
    }

    /// Starts it and waits for its end; says what it logged.
    fn ends(&self, arguments: &[&str]) -> (ExitStatus, String) {
        let output = self.command(arguments).output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8(told).unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(example());
        command.args(arguments).arg("--config").arg(self.file()).env("RUST_LOG", "info");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the example lies: beside the folder of the tests.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap();
    let example = folder.join("examples/broker");
    assert!(example.exists(), "build it first: cargo build --example broker");
    example
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A running broker.
struct Process {
    child: Child,
    said: Receiver<String>,
    logged: Receiver<String>,
    address: String,
    pin: String,
}

impl Process {
    fn says(&self, what: &str) -> String {
        wait_for(&self.said, what)
    }

    /// The next line of its log that holds this.
    fn logs(&self, what: &str) -> String {
        wait_for(&self.logged, what)
    }

    /// Has it read its configuration again.
    fn hang_up(&self) {
        let kill = format!("kill -HUP {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Ends it as a power cut would.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn connect(&self, tenant: &str, role: Role) -> Result<Client, String> {
        let key = SigningKey::hs256("k", SECRET).unwrap();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let expires_wall_ms = u64::try_from(since.as_millis()).unwrap() + 600_000;
        let tenant = TenantId::new(tenant).unwrap();
        let grant = Grant::new(tenant, Bearer::new(role, "boss").unwrap(), expires_wall_ms);
        let options = Options::new(&self.address)
            .trust(Trust::pin(&self.pin).unwrap())
            .token(mint(&key, &grant).unwrap());
        Client::connect(options).await.map_err(|error| error.to_string())
    }

    async fn admin(&self, tenant: &str) -> (Client, AgentLink, frontdesk::client::Events) {
        let client = self.connect(tenant, Role::Admin).await.unwrap();
        let (link, events) = client.attach_agent("").await.unwrap();
        (client, link, events)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(lines: &Receiver<String>, what: &str) -> String {
    let mut seen = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(what) => return line,
            Ok(line) => seen.push(line),
            Err(end) => panic!("no line with {what:?} ({end}); there were {seen:#?}"),
        }
    }
}

#[tokio::test]
async fn a_policy_that_an_admin_put_in_force_runs_after_a_kill_and_the_log_says_why() {
    let place = Place::new("process-kept");
    place.configure(&[("acme", 1, &["www"])]);
    let broker = place.start();
    let (_client, boss, _events) = broker.admin("acme").await;
    let mut policy = boss.read_policy().await.unwrap();
    policy.sites.push(part::Site { id: "shop".into(), style: String::new() });
    assert_eq!(boss.replace_policy(policy.clone(), 1).await.unwrap(), 2);
    broker.logs("an admin has put another policy in force");

    policy.departments.clear();
    let Err(RequestError::Refused(refusal)) = boss.replace_policy(policy, 2).await else {
        panic!("a policy without departments is taken")
    };
    assert!(refusal.is(Code::BadPolicy), "{refusal}");
    assert_eq!(refusal.faults[0].path, "departments");
    broker.kill();

    let broker = place.start();
    let why = broker.logs("the policy in force is");
    assert!(why.contains("the one that an admin put in force"), "{why}");
    assert!(why.contains("the configuration's has version 1, which isn't higher"), "{why}");
    let (_client, boss, _events) = broker.admin("acme").await;
    let policy = boss.read_policy().await.unwrap();
    assert_eq!((policy.version, policy.sites.len()), (2, 2));
    broker.kill();
    let (good, told) = place.ends(&["check"]);
    assert!(good.success() && told.contains("acme: policy 2, the one that an admin"), "{told}");

    let kept = place.0.join("data");
    std::fs::write(KeptPolicies::of(&kept).file(&TenantId::new("acme").unwrap()), "x").unwrap();
    for arguments in [&[][..], &["check"]] {
        let (ended, told) = place.ends(arguments);
        assert_eq!(ended.code(), Some(2), "{told}");
        assert!(told.contains("acme.policy is damaged") && told.contains("delete it"), "{told}");
    }
}

#[tokio::test]
async fn a_hangup_reads_the_configuration_again() {
    let place = Place::new("process-hangup");
    place.configure(&[("acme", 1, &["www"]), ("globex", 1, &["www"])]);
    let broker = place.start();
    let (_client, boss, _events) = broker.admin("acme").await;
    let (_globex, _link, mut events) = broker.admin("globex").await;

    place.configure(&[("acme", 2, &["www", "shop"]), ("initech", 1, &["www"])]);
    broker.hang_up();
    let policy = broker.logs("the configuration's policy is in force");
    assert!(policy.contains("tenant=acme") && policy.contains("version=2"), "{policy}");
    broker.logs("a tenant is no longer served: the configuration doesn't name it");
    broker.logs("the configuration was read again");
    assert_eq!(boss.read_policy().await.unwrap().sites.len(), 2);
    broker.connect("initech", Role::Admin).await.unwrap();
    let gone = async {
        loop {
            match events.next().await {
                Some(Event::Ended(reason)) => return reason,
                Some(_) => {}
                None => panic!("the link ended without a reason"),
            }
        }
    };
    let gone = tokio::time::timeout(PATIENCE, gone).await.unwrap();
    let EndReason::Refused(refusal) = &gone else { panic!("{gone:?}") };
    assert!(refusal.is(Code::UnknownTenant), "{refusal}");
    let refused = broker.connect("globex", Role::Admin).await.map(drop);
    assert!(refused.as_ref().is_err_and(|why| why.contains("UNKNOWN_TENANT")), "{refused:?}");

    // Of the same version and another content, and then with a fault.
    place.configure(&[("acme", 2, &["www"]), ("initech", 1, &["www"])]);
    broker.hang_up();
    broker.logs("the policy in force stays: the configuration's is another one");
    broker.logs("the configuration was read again");
    place.configure(&[("acme", 3, &["www", "www"])]);
    broker.hang_up();
    broker.logs("the configuration stays as it was");
    assert_eq!(boss.read_policy().await.unwrap().version, 2);
}
