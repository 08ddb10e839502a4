//! The engine: many desks at once.
//!
//! The way of a command: [`Engine::submit`] locks the one noun that it is for, lets the desk decide, carries out what the
//! decision causes while the lock is held ([`Turn::carry_out`]), unlocks, visits the nouns where it has put steps
//! ([`Turn::settle`]) and at last fires wakes. It never waits for anything but those short locks.

mod agents;
mod announcements;
mod blocks;
mod clockwork;
mod company;
mod counts;
mod desk;
mod floors;
mod invitations;
mod policies;
mod receptions;
mod rooms;
mod supervision;
mod talk;
mod verify;
mod visits;
mod windows;

pub use counts::NAMES_MAX;

use frontdesk_desk::chance::Chance;
use frontdesk_desk::delivery::Delivery;
use frontdesk_desk::id::{AgentNo, SessionId, TenantId, TenantNo, VisitorId};
use frontdesk_desk::page::Page;
use frontdesk_desk::policy::{Policy, SharedPolicy};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;

use crate::command::{Accepted, Command, Departure, Epoch, Link, LinkToken, Person, Reply};
use crate::directory::{Directory, Reader};
use crate::journal::SharedJournal;
use crate::mailbox::{MailboxLimits, Parcel};
use crate::pages::Pages;
use crate::rooms::Rooms;
use crate::sessions::Sessions;
use crate::sync::{Arc, Mutex};
use crate::tenants::{Tenant, Tenants};
use crate::turn::Turn;
use crate::visitors::Visitors;
use crate::watch::ListLimits;
use crate::watch::floors::What;

pub use policies::{NotReplaced, Prepared, Replaced, Replacement};

impl Parcel for Delivery {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }

    fn latest_key(&self) -> Option<u64> {
        Self::latest_key(self)
    }

    fn voids(&self) -> Option<u64> {
        self.voided_key()
    }
}

/// How large an engine may grow, and into how many parts it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Parts of the visitors, each with a lock. More parts stall less while they grow.
    pub visitor_shards: u32,
    /// Parts of the sessions, each with a lock.
    pub session_shards: u32,
    /// Links attached at once.
    pub links_max: u32,
    /// Tenants.
    pub tenants_max: u32,
    /// What waits for one link.
    pub mailbox: MailboxLimits,
    /// Visits that are over and remembered, so that a visitor who comes again is known: about 32 bytes each.
    pub visits_remembered: u32,
    /// How far lists of visitors look.
    pub lists: ListLimits,
    /// Steps that wait for one part before commands from outside are refused.
    pub inbox_max: usize,
}

impl Default for Config {
    /// 1,024 parts of visitors, 256 of sessions, four million links, 4,096 tenants, a million visits remembered.
    fn default() -> Self {
        Self {
            visitor_shards: 1_024,
            session_shards: 256,
            links_max: 4 * 1_024 * 1_024,
            tenants_max: 4_096,
            mailbox: MailboxLimits::default(),
            visits_remembered: 1_024 * 1_024,
            lists: ListLimits::default(),
            inbox_max: 4_096,
        }
    }
}

/// Many desks at once. Shared by reference between threads.
pub struct Engine {
    pub(crate) directory: Arc<Directory<Delivery>>,
    pub(crate) visitors: Visitors,
    pub(crate) sessions: Sessions,
    pub(crate) rooms: Rooms,
    pub(crate) tenants: Tenants,
    pub(crate) journal: SharedJournal,
    pages: Pages,
    /// Where the walk for lists of visitors goes on; held by nobody for longer than to read or write it.
    walk: Mutex<windows::WalkPlace>,
    epoch: Epoch,
    /// For tenants that are added.
    chance: Mutex<Chance>,
    config: Config,
}

impl Engine {
    /// An engine without tenants. The seed must come from the operating system wherever ids have to be unguessable.
    pub fn new(config: Config, seed: [u8; 32], journal: SharedJournal) -> Self {
        let mut chance = Chance::seeded(seed);
        let mut epoch = [0; 16];
        epoch[..8].copy_from_slice(&chance.bits().to_be_bytes());
        epoch[8..].copy_from_slice(&chance.bits().to_be_bytes());
        Self {
            directory: Arc::new(Directory::new(config.links_max, config.mailbox)),
            visitors: Visitors::new(&config, &mut chance),
            sessions: Sessions::new(config.session_shards.max(1), config.inbox_max),
            rooms: Rooms::new(config.inbox_max),
            tenants: Tenants::new(config.tenants_max),
            journal,
            pages: Pages::new(chance.bits()),
            walk: Mutex::new(windows::WalkPlace::default()),
            epoch: Epoch(epoch),
            chance: Mutex::new(chance),
            config,
        }
    }

    /// Names this life of the engine's memory.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The journal that facts go to.
    pub fn journal(&self) -> &SharedJournal {
        &self.journal
    }

    /// A reader for many links: a lane, or a Rust program. Links are attached to its outlet and told through it.
    pub fn reader(&self) -> Reader<Delivery> {
        Reader::new(self.directory.clone())
    }

    /// All links, with what waits for each.
    pub fn directory(&self) -> &Arc<Directory<Delivery>> {
        &self.directory
    }

    /// Adds a tenant. Errors: [`Refusal::LimitReached`] at `tenants_max`, or if there is one of that id.
    pub fn add_tenant(&self, id: TenantId, policy: Policy) -> Result<TenantNo, Refusal> {
        let chance = self.chance.lock().fork();
        self.tenants.add(id, policy, chance, &self.config)
    }

    /// A tenant's number.
    pub fn tenant(&self, id: &TenantId) -> Option<TenantNo> {
        self.tenants.find(id)
    }

    /// All tenants, in the order in which they were added.
    pub fn tenants(&self) -> Vec<(TenantId, TenantNo)> {
        self.tenants.iter().map(|tenant| (tenant.id.clone(), tenant.no)).collect()
    }

    /// A tenant's policy.
    pub fn policy(&self, tenant: TenantNo) -> Option<SharedPolicy> {
        self.tenants.at(tenant).map(|tenant| tenant.policy())
    }

    /// A page, shared with all who are on it. Errors: [`Refusal::Missing`], [`Refusal::TooLong`].
    pub fn page(&self, url: &str, title: &str) -> Result<Page, Refusal> {
        self.pages.share(url, title)
    }

    /// The agent that a visitor talked with last, as far as is remembered; the visitor may be present or not.
    pub fn last_agent(&self, tenant: TenantNo, visitor: &VisitorId) -> Option<AgentNo> {
        let (hash, shard) = self.visitors.place(tenant, visitor);
        self.visitors.shard(shard).lock().earlier.last_agent(hash)
    }

    /// Does what a person asks through a link. Either it is done, or it is refused and nothing has changed.
    ///
    /// Errors: [`Refusal::VisitorsOnly`], [`Refusal::AgentsOnly`], [`Refusal::SupervisorsOnly`] and [`Refusal::AdminsOnly`] for what the person may not do,
    /// [`Refusal::LinkGone`] for a link that ended, [`Refusal::Busy`] and [`Refusal::StorageFull`] at the engine's bounds, and those of the command.
    pub fn submit(&self, link: Link, command: Command, now: Now) -> Result<Accepted, Refusal> {
        let mut turn = Turn::new(self, now);
        let decided = turn.decide(link, command);
        // Also after a refusal: on its way the turn may have drained what others left.
        turn.settle();
        decided.map(|reply| Accepted { reply, kept_at: turn.kept_at() })
    }

    /// Takes a link away. One that went already changes nothing.
    pub fn detach(&self, link: Link, departure: Departure, now: Now) {
        let mut turn = Turn::new(self, now);
        turn.detach(link, departure);
        turn.settle();
    }

    fn token(link: frontdesk_desk::id::LinkId, secret: u64) -> LinkToken {
        let mut token = [0; 16];
        token[..4].copy_from_slice(&link.slot.to_be_bytes());
        token[4..8].copy_from_slice(&link.generation.to_be_bytes());
        token[8..].copy_from_slice(&secret.to_be_bytes());
        LinkToken(token)
    }

    /// The link that a token names, if it lives.
    fn link_of(&self, token: LinkToken) -> Option<frontdesk_desk::id::LinkId> {
        let (slot, rest) = token.0.split_first_chunk()?;
        let (generation, secret) = rest.split_first_chunk()?;
        let link = frontdesk_desk::id::LinkId {
            slot: u32::from_be_bytes(*slot),
            generation: u32::from_be_bytes(*generation),
        };
        let expected = self.directory.secret(link)?;
        (expected.to_be_bytes() == *secret).then_some(link)
    }
}

impl<'e> Turn<'e> {
    fn decide(&mut self, link: Link, command: Command) -> Result<Reply, Refusal> {
        match command {
            Command::Say { session, words } => self.say(link, session, words).map(Reply::Said),
            Command::Preview { session, text } => self.preview(link, session, &text),
            Command::AllowPreviews { session, allowed } => {
                self.allow_previews(link, session, allowed)
            }
            Command::Acknowledge { session, delivered, read } => {
                self.acknowledge(link, session, delivered, read)
            }
            Command::Close { session } => self.close(link, session),
            Command::Rate { session, rating } => self.rate(link, session, rating),
            Command::AskRating { session } => self.ask_rating(link, session),
            Command::ClearAway { session, clearing } => self.clear_away(link, session, *clearing),
            Command::ReadSession { session } => self.read_session(link, session),
            Command::ReadMessages { session, from_seq, messages_max } => {
                self.read_messages(link, session, from_seq, messages_max)
            }
            Command::WatchSession { resume } => self.watch_session(link, resume),
            Command::UnwatchSession { session } => self.unwatch_session(link, session),
            Command::ViewPage(page) => self.view_page(link, page),
            Command::Ask(ask) => self.ask(link, ask),
            Command::ReadReception { department } => self.read_reception(link, department),
            Command::WatchReception { department } => self.watch_reception(link, department),
            Command::UnwatchReception => self.unwatch_reception(link),
            Command::SignOn(sign_on) => self.sign_on(link, sign_on),
            Command::SetStatus(set) => self.set_status(link, set),
            Command::AcceptOffer { offer } => self.accept_offer(link, offer),
            Command::DeclineOffer { offer } => self.decline_offer(link, offer),
            Command::Pick { session, room } => self.pick(link, session, room),
            Command::FinishNotes { session } => self.finish_notes(link, session),
            Command::HandOver { session, bot } => self.hand_over(link, session, bot),
            Command::TakeBack { session } => self.take_back(link, session),
            Command::Transfer(transfer) => self.transfer(link, *transfer),
            Command::WithdrawOffer { offer } => self.withdraw_offer(link, offer),
            Command::InviteColleague(invite) => self.invite_colleague(link, *invite),
            Command::JoinSession { session, is_seen } => self.join_session(link, session, is_seen),
            Command::LeaveSession { session } => self.leave_session(link, session),
            Command::SetSeen { session, is_seen } => self.set_seen(link, session, is_seen),
            Command::PassOn { session, agent, room } => self.pass_on(link, session, &agent, room),
            Command::TakeOver { session, room } => self.take_over(link, session, room),
            Command::EndSession { session } => self.end_session(link, session),
            Command::ReadTransferTargets(query) => self.read_transfer_targets(link, &query),
            Command::WhyWaiting { session } => self.why_waiting(link, session),
            Command::WhyIdle { agent } => self.why_idle(link, agent),
            Command::ReadWorkLog { agent } => self.read_work_log(link, agent),
            Command::ReadQueue { department, rows } => self.read_queue(link, &department, rows),
            Command::SignOff { reason } => self.sign_off(link, reason),
            Command::WatchVisitors { query, rows } => self.watch_visitors(link, &query, rows),
            Command::Unwatch => self.unwatch(link),
            Command::WatchFloor(query) => self.watch_floor(link, &query),
            Command::UnwatchFloor => self.end_watch(link, What::Floor),
            Command::WatchQueues(query) => self.watch_queues(link, &query),
            Command::UnwatchQueues => self.end_watch(link, What::Queues),
            Command::ReadTrail { visitor } => self.read_trail(link, &visitor),
            Command::ReadCounts(query) => {
                self.agents_only(link)?;
                self.attached(link)?;
                let breakdown = Box::new(self.engine.breakdown(link.tenant, &query)?);
                Ok(Reply::Counts { counts: self.engine.counts(link.tenant), breakdown })
            }
            Command::Invite { visitor, department, text } => {
                self.invite(link, &visitor, department, text)
            }
            Command::ForceSession { visitor, department } => {
                self.force_session(link, &visitor, department)
            }
            Command::WithdrawInvitation { visitor, invitation } => {
                self.withdraw_invitation(link, &visitor, invitation)
            }
            Command::AnswerInvitation { invitation, answer } => {
                self.answer_invitation(link, invitation, answer)
            }
            Command::Block { target, for_ms, reason } => self.block(link, target, for_ms, reason),
            Command::Announce(wish) => self.announce(link, wish),
            Command::AcknowledgeAnnouncement { announcement } => {
                self.acknowledge_announcement(link, announcement)
            }
            Command::OpenRoom(wish) => self.open_room(link, wish),
            Command::TalkWith { agent } => self.talk_with(link, &agent),
            Command::InviteToRoom { room, agents } => self.invite_to_room(link, room, &agents),
            Command::LeaveRoom { room } => self.leave_room(link, room),
            Command::SayInRoom { room, words } => self.say_in_room(link, room, words),
            Command::AcknowledgeRoom { room, delivered, read } => {
                self.acknowledge_room(link, room, delivered, read)
            }
            Command::ReadRoom { room } => self.read_room(link, room),
            Command::ReadRoomMessages { room, from_seq, messages_max } => {
                self.read_room_messages(link, room, from_seq, messages_max)
            }
            Command::ReadPolicy => self.read_policy(link),
            Command::ReplacePolicy { draft, made_from } => {
                self.replace_policy(link, *draft, made_from)
            }
            Command::Unblock { target } => self.unblock(link, &target),
            Command::ReadBlocks { after, blocks_max } => {
                self.read_blocks(link, after.as_ref(), blocks_max)
            }
        }
    }

    /// Whether there is room for what a command may decide.
    fn admit(&self) -> Result<(), Refusal> {
        self.engine.journal.admit().map_err(|_| Refusal::StorageFull)
    }

    /// Refuses what only reads through a link that has ended: no noun of its person is asked whether it still stands.
    fn attached(&self, link: Link) -> Result<(), Refusal> {
        if self.engine.directory.is_attached(link.id) { Ok(()) } else { Err(Refusal::LinkGone) }
    }

    fn tenant(&self, no: TenantNo) -> Result<&'e Tenant, Refusal> {
        self.engine.tenants.at(no).ok_or(Refusal::LinkGone)
    }

    /// Refuses while the sessions' part where a step may go is crowded.
    fn admit_session(&self, session: SessionId) -> Result<(), Refusal> {
        let place = self.engine.sessions.place(session);
        self.engine.sessions.shard(place).inbox.admit().map_err(|_| Refusal::Busy)
    }

    fn detach(&mut self, link: Link, departure: Departure) {
        match link.person {
            Person::Visitor(visitor) => self.visitor_link_gone(link, visitor, departure),
            Person::Agent(agent) => self.agent_link_gone(link, agent),
        }
        // Stale if it was released before; then there is nothing to do.
        let _ = self.engine.directory.release(link.id);
    }
}
