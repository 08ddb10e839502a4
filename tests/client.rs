//! What each kind of person does through the Rust client, against a broker over real QUIC: that every method asks what it says, and gives
//! back what the broker answers.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use frontdesk::broker::Broker;
use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::token::{Bearer, Grant, Role, SigningKey, mint};
use frontdesk::client::{
    AgentLink, BlockTarget, Client, Colleague, Event, Events, Options, RequestError, Seen,
    SessionId, Transfer, Trust, Visitor, VisitorLink, Words,
};
use frontdesk::desk::id::{AgentId, DepartmentId, SiteId, SkillId, TenantId};
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::policy::{Bot, Draft, Policy};
use frontdesk::engine::journal::Memory;
use frontdesk::proto::v1::{self, Code, HandingOutcome, InvitationOutcome, OfferOutcome, Status};

/// A broker with one tenant: sales asks its agents, support gives them visitors at once.
struct House {
    broker: Broker,
    key: SigningKey,
    folder: PathBuf,
}

impl House {
    fn open() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("client-{number}"));
        let _ = std::fs::remove_dir_all(&folder);
        let key = SigningKey::hs256("test-1", &[9; 32]).expect("a key");
        let policy = Policy::new(draft()).expect("a policy");
        let id = TenantId::new("acme").expect("an id");
        let mut config = Config::embedded(&folder);
        config.listen.set_port(0);
        config.http = None;
        config.tenants = vec![Tenant { id, keys: vec![key.verifying().clone()], policy }];
        let broker = Broker::bind(config, Arc::new(Memory::new(10_000))).expect("a broker");
        Self { broker, key, folder }
    }

    async fn client(&self, role: Role, subject: &str) -> Client {
        let bearer = Bearer::new(role, subject).expect("an id");
        let expires_wall_ms = self.broker.now().wall_ms + 3_600_000;
        let tenant = TenantId::new("acme").expect("an id");
        let token = mint(&self.key, &Grant::new(tenant, bearer, expires_wall_ms)).expect("signed");
        let trust = Trust::File(self.broker.identity().certificate_file.clone());
        let options = Options::new(self.broker.local_addr().to_string()).trust(trust).token(token);
        Client::connect(options).await.expect("the broker is there")
    }

    async fn visitor(&self, id: &str) -> (Client, VisitorLink, Events) {
        let client = self.client(Role::Visitor, id).await;
        let arrives = Visitor::new("www").page("https://shop.example/", "Shop");
        let (link, events) = client.attach_visitor(arrives).await.expect("attached");
        (client, link, events)
    }

    async fn agent(&self, role: Role, id: &str, department: &str) -> (Client, AgentLink, Events) {
        let client = self.client(role, id).await;
        let (link, events) = client.attach_agent(id).await.expect("attached");
        link.sign_on([department], 2).await.expect("signed on");
        link.set_status(Status::Online, "").await.expect("online");
        (client, link, events)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn draft() -> Draft {
    let departments = ["sales", "support"].map(|id| DepartmentId::new(id).expect("an id"));
    let site = SiteId::new("www").expect("an id");
    let mut draft = Draft::new(vec![site], departments.into());
    let asked = OfferMode::Asked { timeout_ms: 60_000, at_once: 1 };
    draft.departments[0].offers.mode = asked;
    draft.departments[1].wrap_up_ms = 60_000;
    draft.skills = vec![SkillId::new("tax").expect("an id")];
    let robo = AgentId::new("robo").expect("an id");
    draft.bots = vec![Bot { id: robo, hidden: false, takes_transfers: true }];
    draft
}

async fn until<T>(events: &mut Events, wanted: impl Fn(&Event) -> Option<T>) -> T {
    while let Some(event) = events.next().await {
        if let Some(found) = wanted(&event) {
            return found;
        }
    }
    panic!("the link is over before what was waited for");
}

async fn opened(events: &mut Events) -> SessionId {
    until(events, |event| match event {
        Event::SessionOpened { session, .. } => Some(*session),
        _ => None,
    })
    .await
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, RequestError>, code: Code) {
    match answer {
        Err(RequestError::Refused(refusal)) => assert!(refusal.is(code), "{refusal:?}"),
        other => panic!("not refused with {code:?}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_declines_accepts_picks_and_says_why_it_is_idle() {
    let house = House::open();
    let (_at_ann, ann, mut told) = house.agent(Role::Agent, "ann", "sales").await;
    let (_at_mia, mia, _events) = house.visitor("mia").await;
    let asked = mia.ask("sales").await.expect("asked");
    let offered = |event: &Event| match event {
        Event::OfferMade { offer, session, .. } => Some((*offer, *session)),
        _ => None,
    };
    let (offer, session) = until(&mut told, offered).await;
    assert_eq!(session, asked.session);
    ann.decline_offer(offer).await.expect("declined");
    let outcome = until(&mut told, |event| match event {
        Event::OfferEnded { offer: ended, outcome, .. } if *ended == offer => Some(*outcome),
        _ => None,
    });
    assert_eq!(outcome.await, OfferOutcome::Declined);
    refused(ann.accept_offer(offer).await, Code::OfferEnded);

    let why = ann.why_waiting(session).await.expect("why");
    assert_eq!((why.department.as_str(), why.position), ("sales", 1));
    assert_eq!(why.considered[0].obstacle(), v1::Obstacle::Shunned);
    let queue = ann.read_queue("sales", 0).await.expect("the queue");
    assert_eq!((queue.rows.len(), queue.rows[0].visitor.as_str()), (1, "mia"));
    assert_eq!(ann.pick(None).await.expect("picked"), session);
    refused(ann.pick(None).await, Code::NobodyWaits);

    let (_at_leo, leo, _events) = house.visitor("leo").await;
    let second = leo.ask("sales").await.expect("asked").session;
    let (offer, _) = until(&mut told, offered).await;
    assert_eq!(ann.accept_offer(offer).await.expect("accepted"), second);
    let idle = ann.why_idle("").await.expect("why");
    assert_eq!((idle.load, idle.obstacle()), (200, v1::Obstacle::Full));
    let log = ann.read_work_log("").await.expect("the log");
    assert_eq!(log.entries.last().map(v1::LogEntry::status), Some(Status::Online));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_hands_to_a_bot_takes_back_writes_notes_and_goes() {
    let house = House::open();
    let (_at_ann, ann, mut told) = house.agent(Role::Agent, "ann", "support").await;
    let (_at_robo, robo, mut bots) = house.agent(Role::Bot, "robo", "sales").await;
    let (_at_mia, mia, mut events) = house.visitor("mia").await;
    let session = mia.ask("support").await.expect("asked").session;
    assert_eq!(ann.hand_over(session, "robo").await.expect("handed over"), "robo");
    assert_eq!(opened(&mut bots).await, session);
    ann.take_back(session).await.expect("taken back");
    ann.ask_rating(session).await.expect("asked");
    let asked = until(&mut events, |event| match event {
        Event::RatingAsked { session, asked } => Some((*session, asked.score_max)),
        _ => None,
    });
    assert_eq!(asked.await, (session, 5));
    mia.rate(session, 4, vec![], "thanks").await.expect("rated");
    let rated = until(&mut told, |event| match event {
        Event::Rated { session, rated } => Some((*session, rated.score, rated.words.clone())),
        _ => None,
    });
    assert_eq!(rated.await, (session, 4, "thanks".into()));
    refused(mia.rate(session, 5, vec![], "").await, Code::AlreadyRated);
    assert!(robo.say(session, "too late").await.is_err(), "its late word is refused");
    let later = v1::SetStatus {
        status: Status::Away.into(),
        reason: "lunch".into(),
        after_sessions: true,
        ..Default::default()
    };
    ann.set_status_as(later).await.expect("for later");
    ann.close(session).await.expect("closed");
    ann.clear_away(session, "prices", "wants a bed").await.expect("cleared away");
    refused(ann.clear_away(session, "", "").await, Code::NotFound);
    ann.finish_notes(None).await.expect("finished");
    let log = ann.read_work_log("").await.expect("the log");
    let last = log.entries.last().expect("an entry");
    assert_eq!((last.status(), last.reason.as_str()), (Status::Away, "lunch"));
    let tax = v1::SignOn {
        posts: vec![v1::Post { department: "sales".into(), tier: 2, ..Default::default() }],
        skills: vec!["tax".into()],
        ..Default::default()
    };
    assert_eq!(ann.sign_on_as(tax).await.expect("signed on anew").capacity, 5);
    ann.sign_off("home").await.expect("signed off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_transfer_invite_and_pass_on_and_a_supervisor_steps_in() {
    let house = House::open();
    let (_at_ann, ann, mut anns) = house.agent(Role::Agent, "ann", "support").await;
    let (_at_mia, mia, _events) = house.visitor("mia").await;
    let session = mia.ask("support").await.expect("asked").session;
    let (_at_bob, bob, mut bobs) = house.agent(Role::Agent, "bob", "sales").await;
    let bob_too = || Colleague::Agent("bob".into());
    let offer_of = |event: &Event| match event {
        Event::OfferMade { offer, .. } => Some(*offer),
        _ => None,
    };

    let asked = ann.transfer(Transfer::new(session, bob_too())).await.expect("asked");
    assert_eq!((asked.session, &*asked.agent), (session, "bob"));
    let offer = asked.offer.expect("an offer");
    assert_eq!(until(&mut bobs, offer_of).await, offer);
    ann.withdraw_offer(offer).await.expect("withdrawn");
    let ended = |event: &Event| match event {
        Event::TransferEnded { outcome, .. } => Some(*outcome),
        _ => None,
    };
    assert_eq!(until(&mut anns, ended).await, HandingOutcome::Withdrawn);
    let nobody = Transfer::new(session, Colleague::Department("moon".into()));
    refused(ann.transfer(nobody).await, Code::UnknownDepartment);

    let invited = ann.invite_colleague(session, bob_too(), "a regular", Seen::ByAgents).await;
    let offer = invited.expect("invited").offer.expect("an offer");
    assert_eq!(bob.accept_offer(offer).await.expect("accepted"), session);
    let joined = |event: &Event| match event {
        Event::ColleagueInvitationEnded { outcome, agent, .. } => Some((*outcome, agent.clone())),
        _ => None,
    };
    assert_eq!(until(&mut anns, joined).await, (HandingOutcome::Accepted, "bob".into()));
    bob.set_seen(session, Seen::ByAll).await.expect("seen");
    let changed = |event: &Event| match event {
        Event::ParticipantChanged { participant, .. } => Some(participant.id.clone()),
        _ => None,
    };
    assert_eq!(until(&mut anns, changed).await, "bob");
    ann.pass_on(session, "bob").await.expect("passed on");
    ann.leave_session(session).await.expect("left");
    let targets = ann.read_transfer_targets(v1::ReadTransferTargets::default()).await;
    assert_eq!(targets.expect("targets").departments.len(), 2);

    let (_at_sue, sue, _sues) = house.agent(Role::Supervisor, "sue", "support").await;
    sue.join_session(session, Seen::ByAgents).await.expect("joined");
    refused(ann.join_session(session, Seen::ByAll).await, Code::NotPermitted);
    assert_eq!(sue.take_over(session).await.expect("taken over"), session);
    sue.end_session(session).await.expect("ended");
    refused(sue.take_over(session).await, Code::SessionClosed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_are_invited_and_answer_and_one_is_not_asked() {
    let house = House::open();
    let (_at_ann, ann, mut told) = house.agent(Role::Agent, "ann", "support").await;
    let (_at_mia, mia, mut events) = house.visitor("mia").await;
    let shown = |event: &Event| match event {
        Event::InvitationShown { invitation, shown } => Some((*invitation, shown.text.clone())),
        _ => None,
    };
    let ended = |event: &Event| match event {
        Event::InvitationEnded { outcome, session, .. } => Some((*outcome, *session)),
        _ => None,
    };
    let first = ann.invite("mia", "", "May I help?").await.expect("invited").invitation;
    assert_eq!(until(&mut events, shown).await, (first, "May I help?".into()));
    mia.decline_invitation(first).await.expect("declined");
    assert_eq!(until(&mut told, ended).await, (InvitationOutcome::Declined, None));
    let second = ann.invite("mia", "support", "").await.expect("invited").invitation;
    mia.ignore_invitation(second).await.expect("ignored");
    assert_eq!(until(&mut told, ended).await, (InvitationOutcome::Ignored, None));
    let third = ann.invite("mia", "", "").await.expect("invited").invitation;
    ann.withdraw_invitation("mia", third).await.expect("withdrawn");
    assert_eq!(until(&mut told, ended).await, (InvitationOutcome::Withdrawn, None));
    refused(mia.accept_invitation(third).await, Code::InvitationEnded);
    let fourth = ann.invite("mia", "", "").await.expect("invited").invitation;
    let session = mia.accept_invitation(fourth).await.expect("accepted");
    assert_eq!(until(&mut told, ended).await, (InvitationOutcome::Accepted, Some(session)));

    let (_at_leo, _leo, mut leos) = house.visitor("leo").await;
    let forced = ann.force_session("leo", "").await.expect("forced");
    assert_eq!(opened(&mut leos).await, forced);
    refused(ann.invite("leo", "", "").await, Code::AgentFull);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_watches_sets_a_status_blocks_and_counts() {
    let house = House::open();
    let (_at_ann, ann, _told) = house.agent(Role::Agent, "ann", "support").await;
    let (_at_sue, sue, mut seen) = house.agent(Role::Supervisor, "sue", "sales").await;
    let (_at_mia, mia, _events) = house.visitor("mia").await;
    let session = mia.ask("support").await.expect("asked").session;
    sue.watch_session(session).await.expect("watched");
    mia.say(session, "Hello?").await.expect("said");
    let text = until(&mut seen, |event| match event {
        Event::Message(message) => message.text().map(str::to_owned),
        _ => None,
    });
    assert_eq!(text.await, "Hello?");
    sue.unwatch_session(session).await.expect("watched no more");
    refused(ann.watch_session(session).await, Code::NotPermitted);

    let busy = v1::SetStatus {
        agent: "ann".into(),
        status: Status::Busy.into(),
        reason: "break".into(),
        ..Default::default()
    };
    sue.set_status_as(busy).await.expect("set");
    assert_eq!(sue.read_work_log("ann").await.expect("the log").entries.len(), 3);
    let by = v1::ReadCounts { sites: vec!["www".into()], ..Default::default() };
    let counts = sue.read_counts_by(by).await.expect("counted");
    assert_eq!((counts.sessions, counts.agents_busy), (1, 1));
    assert_eq!(counts.breakdown.expect("by site").sites[0].here, 1);

    let target = || BlockTarget::visitor("mia");
    assert_eq!(sue.block(target(), None, "spam").await.expect("blocked").visitors, 1);
    assert_eq!(sue.read_blocks(None, 0).await.expect("the blocks").blocks.len(), 1);
    sue.unblock(target()).await.expect("unblocked");
    refused(sue.unblock(target()).await, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_replaces_the_policy_and_those_who_watch_see_it() {
    let house = House::open();
    let (_at_ada, ada, mut seen) = house.agent(Role::Admin, "ada", "sales").await;
    let (_at_mia, mia, mut events) = house.visitor("mia").await;
    let nobody = mia.watch_reception("support").await.expect("watched");
    assert_eq!(nobody.receiving(), v1::Receiving::Nobody);
    ada.watch_floor::<&str>([], 10).await.expect("watched");
    let floor = until(&mut seen, |event| match event {
        Event::FloorSnapshot(floor) => Some(floor.clone()),
        _ => None,
    });
    assert_eq!(floor.await.departments.len(), 2);
    ada.watch_queues(["support"], 0).await.expect("watched");
    let (_at_ann, _ann, _told) = house.agent(Role::Agent, "ann", "support").await;
    let receiving = until(&mut events, |event| match event {
        Event::ReceptionChanged { receiving } => Some(*receiving),
        _ => None,
    });
    assert!(receiving.await > v1::Receiving::Nobody);

    let mut policy = ada.read_policy().await.expect("the policy");
    let version = policy.version;
    policy.capacity_max = 0;
    let answer = ada.replace_policy(policy.clone(), version).await;
    let Err(RequestError::Refused(refusal)) = answer else { panic!("taken: {answer:?}") };
    assert!(refusal.is(Code::BadPolicy));
    assert!(refusal.faults.iter().any(|fault| fault.path == "capacity_max"), "{refusal:?}");
    policy.capacity_max = 9;
    policy.departments.pop();
    assert_eq!(ada.replace_policy(policy.clone(), version).await.expect("replaced"), version + 1);
    policy.capacity_max = 10;
    refused(ada.replace_policy(policy, version).await, Code::PolicyOutdated);
    let gone = until(&mut seen, |event| match event {
        Event::FloorChanged(changed) => {
            Some(changed.departments_gone.clone()).filter(|gone| !gone.is_empty())
        }
        _ => None,
    });
    assert_eq!(gone.await, ["support"]);
    ada.unwatch_queues().await.expect("watched no more");
    ada.unwatch_floor().await.expect("watched no more");
    mia.unwatch_reception().await.expect("watched no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colleagues_talk_one_to_one_and_in_a_room() {
    let house = House::open();
    let (_at_ann, ann, mut anns) = house.agent(Role::Agent, "ann", "support").await;
    let (_at_bea, bea, mut beas) = house.agent(Role::Agent, "bea", "sales").await;
    let (_at_cai, cai, mut cais) = house.agent(Role::Agent, "cai", "sales").await;
    let heard = |event: &Event| match event {
        Event::RoomMessage(said) => Some((said.seq, said.text().map(str::to_owned))),
        _ => None,
    };
    let talk = ann.talk_with("bea").await.expect("they talk");
    assert_eq!(bea.talk_with("ann").await.expect("the same").room, talk.room);
    assert_eq!(bea.say_in_room(talk.room, "tea?").await.expect("said").seq, 1);
    assert_eq!(until(&mut anns, heard).await, (1, Some("tea?".into())));
    assert_eq!(until(&mut beas, heard).await, (1, Some("tea?".into())), "one's own, too");
    refused(ann.invite_to_room(talk.room, ["cai"]).await, Code::RoomOfTwo);

    let room = ann.open_room("stand-up", ["bea"]).await.expect("opened").room;
    ann.say_in_room(room, "good morning").await.expect("said");
    ann.invite_to_room(room, ["cai"]).await.expect("invited");
    cai.say_in_room(room, "late again").await.expect("said");
    assert_eq!(until(&mut cais, heard).await, (2, Some("late again".into())));
    cai.acknowledge_room(room, 2, 2).await.expect("acknowledged");
    let read = until(&mut anns, |event| match event {
        Event::RoomReceipt { number, read, .. } => Some((*number, *read)),
        _ => None,
    });
    assert_eq!(read.await, (3, 2));
    let view = bea.read_room(room).await.expect("the room");
    assert_eq!((view.title.as_str(), view.members.len(), view.last_seq), ("stand-up", 3, 2));
    let page = cai.read_room_messages(room, 1, 0).await.expect("a page");
    assert_eq!((page.messages.len(), page.messages[0].seq, page.next_seq), (1, 2, 3));
    cai.leave_room(room).await.expect("left");
    refused(cai.read_room(room).await, Code::NotInRoom);
    assert!(cai.say_in_room(room, "one more thing").await.is_err());
    ann.leave_room(talk.room).await.expect("ended");
    let closed = until(&mut beas, |event| match event {
        Event::RoomClosed { room, cause, .. } => Some((*room, *cause)),
        _ => None,
    });
    assert_eq!(closed.await, (talk.room, v1::RoomEnd::Left));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_of_any_kind_go_to_some_or_all_and_are_changed_and_taken_back() {
    let house = House::open();
    let (_ann, agent, mut seat) = house.agent(Role::Agent, "ann", "support").await;
    let (_visitor, visitor, mut page) = house.visitor("v-1").await;
    let session = visitor.ask("support").await.expect("asked").session;
    opened(&mut seat).await;
    let message = |event: &Event| match event {
        Event::Message(message) if message.from == 2 => Some(message.clone()),
        _ => None,
    };
    let among = Words::text("he is a regular").for_agents();
    assert_eq!(agent.say_words(session, among).await.expect("said").seq, 1);
    let picture = Words::new(v1::MessageKind::Picture, "pic/7");
    let id = picture.id();
    assert_eq!(agent.say_words(session, picture).await.expect("said").seq, 2);
    let said = until(&mut page, message).await;
    assert_eq!((said.seq, said.kind), (1, v1::MessageKind::Picture as i32));
    agent.say_words(session, Words::recall(id)).await.expect("taken back");
    let recalled = until(&mut page, message).await;
    assert_eq!(recalled.kind, v1::MessageKind::Recalled as i32);
    assert_eq!(recalled.replaces, said.client_message_id);
    let again = agent.say_words(session, Words::recall(id)).await.expect_err("it is gone");
    assert!(again.to_string().contains("taken back"), "{again}");
    let to_nobody = agent.say_words(session, Words::text("psst").for_one(9)).await;
    assert!(
        to_nobody.is_err()
            && agent.say_words(session, Words::text("!").for_supervisors()).await.is_ok()
    );
    visitor.allow_previews(session, false).await.expect("switched off");
    assert!(visitor.previews_shown() && !visitor.previews_need_consent());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_speaks_to_all_agents_and_they_have_seen_it() {
    let house = House::open();
    let (_at_ann, ann, mut told) = house.agent(Role::Agent, "ann", "support").await;
    let (_at_sue, sue, _seen) = house.agent(Role::Supervisor, "sue", "sales").await;
    let said = sue.announce("support", "the printer is back").await.expect("announced");
    let heard = until(&mut told, |event| match event {
        Event::Announcement { announcement, said } => Some((*announcement, said.text.clone())),
        _ => None,
    });
    assert_eq!(heard.await, (said, "the printer is back".into()));
    ann.acknowledge_announcement(said).await.expect("acknowledged");
    refused(ann.announce("", "me too").await, Code::NotPermitted);
}
