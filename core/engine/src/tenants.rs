//! The tenants: each with its policy, its floor, its counts, its watch and its guard. Nothing of one is reached from another.

use std::collections::{HashMap, VecDeque};

use frontdesk_desk::chance::Chance;
use frontdesk_desk::crossing::FloorStep;
use frontdesk_desk::floor::Floor;
use frontdesk_desk::id::{AgentNo, TenantId, TenantNo};
use frontdesk_desk::policy::{Policy, SharedPolicy};
use frontdesk_desk::refusal::Refusal;

use crate::board::Board;
use crate::engine::Config;
use crate::guard::Guard;
use crate::icons::Icons;
use crate::inbox::Inbox;
use crate::present::Present;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard, OnceLock};
use crate::visitors::NEVER;
use crate::watch::Watch;
use crate::watch::floors::Noted;

/// All tenants. They are only ever added.
pub(crate) struct Tenants {
    all: Box<[OnceLock<Box<Tenant>>]>,
    by_id: Mutex<HashMap<TenantId, TenantNo>>,
}

/// One tenant.
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) no: TenantNo,
    rules: Mutex<Arc<Rules>>,
    floor: Mutex<FloorBooks>,
    pub(crate) inbox: Inbox<FloorStep>,
    pub(crate) watch: Watch,
    pub(crate) guard: Guard,
    pub(crate) icons: Icons,
    pub(crate) inviting: OnTheWay,
    pub(crate) present: Present,
    /// Messages said. Relaxed everywhere: a statistic.
    pub(crate) messages: AtomicU64,
    /// When the floor has something due. Written under its lock, read without.
    due_mono_ms: AtomicU64,
    /// Whether the policy has rules that invite. As above.
    has_invitation_rules: AtomicBool,
}

/// The policy, and what those without the floor's lock may know of its departments.
pub(crate) struct Rules {
    pub(crate) policy: SharedPolicy,
    pub(crate) board: Arc<Board>,
}

/// What a floor's lock guards.
pub(crate) struct FloorBooks {
    pub(crate) floor: Floor,
    /// The one of [`Rules`], for the holder of the floor's lock.
    pub(crate) board: Arc<Board>,
    pub(crate) chance: Chance,
    pub(crate) told_mono_ms: u64,
    /// What those who watch the floor are to be shown.
    pub(crate) noted: Noted,
    /// Where steps are between the inbox and being carried out; empty between.
    pub(crate) steps: VecDeque<FloorStep>,
}

/// Agents' invitations that a tenant's floor has counted and that haven't come to their visitor yet; each is on the way for as long as a turn
/// goes from the one lock to the other. A leaf.
pub(crate) struct OnTheWay(Mutex<Vec<AgentNo>>);

impl OnTheWay {
    fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// An agent's invitation was counted. Under the floor's lock.
    pub(crate) fn left_floor(&self, agent: AgentNo) {
        self.0.lock().push(agent);
    }

    /// It is shown, or the step that gives its count back is put. Under the lock of the visitor's shard.
    pub(crate) fn came_to_visitor(&self, agent: AgentNo) {
        let mut agents = self.0.lock();
        if let Some(place) = agents.iter().position(|one| *one == agent) {
            agents.swap_remove(place);
        }
    }

    /// How many of an agent's are on the way.
    pub(crate) fn of(&self, agent: AgentNo) -> usize {
        self.0.lock().iter().filter(|one| **one == agent).count()
    }
}

impl Tenants {
    pub(crate) fn new(tenants_max: u32) -> Self {
        Self {
            all: (0..tenants_max).map(|_| OnceLock::new()).collect(),
            by_id: Mutex::new(HashMap::new()),
        }
    }

    /// Adds a tenant. Errors: [`Refusal::LimitReached`] if there are too many, or one of that id.
    pub(crate) fn add(
        &self,
        id: TenantId,
        policy: Policy,
        chance: Chance,
        config: &Config,
    ) -> Result<TenantNo, Refusal> {
        let mut by_id = self.by_id.lock();
        let no = TenantNo(by_id.len() as u32);
        if by_id.contains_key(&id) {
            return Err(Refusal::LimitReached { what: "tenants of one id", max: 1 });
        }
        let Some(place) = self.all.get(no.0 as usize) else {
            return Err(Refusal::LimitReached { what: "tenants", max: self.all.len() as u64 });
        };
        place.get_or_init(|| Box::new(Tenant::new(id.clone(), no, policy, chance, config)));
        by_id.insert(id, no);
        Ok(no)
    }

    /// A tenant by its number, which came from here.
    pub(crate) fn at(&self, no: TenantNo) -> Option<&Tenant> {
        self.all.get(no.0 as usize)?.get().map(Box::as_ref)
    }

    /// A tenant's number.
    pub(crate) fn find(&self, id: &TenantId) -> Option<TenantNo> {
        self.by_id.lock().get(id).copied()
    }

    /// All tenants, in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tenant> {
        self.all.iter().map_while(|place| place.get().map(Box::as_ref))
    }
}

impl Tenant {
    fn new(
        id: TenantId,
        no: TenantNo,
        policy: Policy,
        mut chance: Chance,
        config: &Config,
    ) -> Self {
        let policy = SharedPolicy::new(policy);
        let board = Board::new(&policy);
        let present = Present::new(policy.sites.len(), chance.bits());
        let books = FloorBooks {
            floor: Floor::new(no, policy.clone(), chance.fork()),
            board: board.clone(),
            chance,
            told_mono_ms: 0,
            noted: Noted::default(),
            steps: VecDeque::new(),
        };
        Self {
            id,
            no,
            floor: Mutex::new(books),
            inbox: Inbox::new(config.inbox_max),
            watch: Watch::new(policy.sites.len(), config.lists),
            guard: Guard::new(),
            icons: Icons::new(),
            inviting: OnTheWay::new(),
            present,
            messages: AtomicU64::new(0),
            due_mono_ms: AtomicU64::new(NEVER),
            has_invitation_rules: AtomicBool::new(!policy.invitation_rules().is_empty()),
            rules: Mutex::new(Arc::new(Rules { policy, board })),
        }
    }

    pub(crate) fn lock_floor(&self) -> MutexGuard<'_, FloorBooks> {
        self.floor.lock()
    }

    /// The floor's lock, if nobody holds it.
    pub(crate) fn try_lock_floor(&self) -> Option<MutexGuard<'_, FloorBooks>> {
        self.floor.try_lock()
    }

    /// The policy and the board that goes with it.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.rules.lock().clone()
    }

    /// The policy.
    pub(crate) fn policy(&self) -> SharedPolicy {
        self.rules.lock().policy.clone()
    }

    /// Takes over the policy by which the floor decides from now on. By the holder of the floor's lock.
    pub(crate) fn publish(&self, books: &mut FloorBooks) {
        let policy = books.floor.policy().clone();
        let board = Board::new(&policy);
        self.watch.follow(&policy);
        let has_rules = !policy.invitation_rules().is_empty();
        // Relaxed: a hint, see `invites_by_rule`.
        self.has_invitation_rules.store(has_rules, Ordering::Relaxed);
        books.board = board.clone();
        // Before anybody reads it: an empty board would say that nobody is there.
        self.note(books);
        board.draw_people(&books.floor, 0);
        *self.rules.lock() = Arc::new(Rules { policy, board });
    }

    /// Whether there may be rules that invite; which ones, the policy says.
    pub(crate) fn invites_by_rule(&self) -> bool {
        // Relaxed: a page view that sees the state of before counts as having come before.
        self.has_invitation_rules.load(Ordering::Relaxed)
    }

    /// Whether the floor has something due.
    pub(crate) fn is_due(&self, mono_ms: u64) -> bool {
        // Relaxed: a hint; what is due is decided under the lock.
        self.due_mono_ms.load(Ordering::Relaxed) <= mono_ms
    }

    /// Notes for those without the lock what a decision of the floor changed. By the holder of the lock.
    pub(crate) fn note(&self, books: &mut FloorBooks) {
        let touched = books.floor.take_touched();
        let agents = books.floor.take_touched_agents();
        books.noted.note(&touched, &agents);
        if !touched.is_empty() || !agents.is_empty() {
            if !agents.is_empty() {
                books.board.note_people();
            }
            for no in touched {
                books.board.note(no, books.floor.department_state(no));
            }
        }
        // Relaxed: a hint, see `is_due`.
        let due = books.floor.deadline().unwrap_or(NEVER);
        self.due_mono_ms.store(due, Ordering::Relaxed);
    }
}
