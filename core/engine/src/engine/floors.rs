//! Floors and queues as agents watch them: begun by a command, kept right by the tick.

use frontdesk_desk::floor::Floor;
use frontdesk_desk::id::{DepartmentId, LinkId};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::role::Reach;

use crate::command::{FloorQuery, Link, QueuesQuery, Reply};
use crate::tenants::{FloorBooks, Tenant};
use crate::turn::Turn;
use crate::watch::floors::{
    AGENTS_MAX, DEPARTMENTS_NAMED_MAX, Looked, QUEUES_MAX, Question, Scope, SheetNo, Wants, What,
};
use crate::watch::{ROWS_MAX, Told};

impl<'e> Turn<'e> {
    pub(super) fn watch_floor(&mut self, link: Link, query: &FloorQuery) -> Result<Reply, Refusal> {
        within("departments", query.departments.len(), DEPARTMENTS_NAMED_MAX)?;
        within("agents", query.agents.into(), AGENTS_MAX)?;
        self.begin_to_watch(link, What::Floor, |floor| {
            let scope = if query.departments.is_empty() {
                match floor.reach(link.id) {
                    Reach::All => Scope::All,
                    Reach::Only(departments) => only(&departments),
                }
            } else {
                named(floor, link.id, &query.departments)?
            };
            Ok(Question::Floor { scope, agents: query.agents })
        })
    }

    pub(super) fn watch_queues(
        &mut self,
        link: Link,
        query: &QueuesQuery,
    ) -> Result<Reply, Refusal> {
        if query.departments.is_empty() {
            return Err(Refusal::Missing { field: "departments" });
        }
        within("departments", query.departments.len(), QUEUES_MAX)?;
        self.begin_to_watch(link, What::Queues, |floor| {
            let scope = named(floor, link.id, &query.departments)?;
            Ok(Question::Queues { scope, rows: query.rows.clamp(1, ROWS_MAX) })
        })
    }

    fn begin_to_watch(
        &mut self,
        link: Link,
        what: What,
        question: impl FnOnce(&Floor) -> Result<Question, Refusal>,
    ) -> Result<Reply, Refusal> {
        // Under the floor's lock, as the end is: a link that is gone would watch for ever.
        let (_, tenant, mut books) = self.floor_of(link)?;
        let question = question(&books.floor)?;
        tenant.watch.floors().begin(link.id, question, books.floor.policy())?;
        let FloorBooks { floor, noted, .. } = &mut *books;
        noted.begin(floor);
        tenant.watch.note_floor(noted);
        drop(books);
        self.draw_floor_first(tenant, link.id, what);
        Ok(Reply::Watching)
    }

    /// A link watches a floor or its queues no more.
    pub(super) fn end_watch(&mut self, link: Link, what: What) -> Result<Reply, Refusal> {
        let (_, tenant, mut books) = self.floor_of(link)?;
        self.end_one(tenant, &mut books, link.id, what);
        Ok(Reply::Done)
    }

    /// A link watches nothing any more. By the holder of the floor's lock.
    pub(super) fn end_watches(&self, tenant: &Tenant, books: &mut FloorBooks, link: LinkId) {
        tenant.watch.end(link);
        for what in [What::Floor, What::Queues] {
            self.end_one(tenant, books, link, what);
        }
    }

    fn end_one(&self, tenant: &Tenant, books: &mut FloorBooks, link: LinkId, what: What) {
        if books.noted.is_watched() {
            tenant.watch.floors().end(link, what, self.now.mono_ms);
        }
    }

    /// Tells a link that begins to watch what it is shown.
    fn draw_floor_first(&mut self, tenant: &'e Tenant, link: LinkId, what: What) {
        let drawing = tenant.watch.drawing();
        self.look_at_floor(tenant);
        let sheet = tenant.watch.floors().sheet_of(link, what);
        if let Some(no) = sheet {
            let is_drawn = tenant.watch.floors().is_drawn(no);
            let told = if is_drawn {
                let late = tenant.watch.floors().catch_up(no);
                late.into_iter().collect()
            } else {
                self.draw_sheet(tenant, no)
            };
            self.tell(told);
        }
        drop(drawing);
    }

    /// Draws what is due of a tenant's sheets.
    pub(super) fn draw_floor_due(&mut self, tenant: &'e Tenant) {
        if !tenant.watch.is_floor_watched() {
            return;
        }
        self.let_go_of_floor(tenant);
        let drawing = tenant.watch.drawing();
        let due = tenant.watch.floors().due(self.now.mono_ms);
        if !due.is_empty() {
            self.look_at_floor(tenant);
        }
        for no in due {
            let told = self.draw_sheet(tenant, no);
            self.tell(told);
        }
        drop(drawing);
    }

    /// Lets the picture of a floor go that nobody has watched for a period.
    fn let_go_of_floor(&mut self, tenant: &'e Tenant) {
        if !tenant.watch.floors().is_left(self.now.mono_ms) {
            return;
        }
        let mut books = self.floor(tenant);
        let mut floors = tenant.watch.floors();
        // Somebody may watch again by now.
        if floors.is_left(self.now.mono_ms) {
            let picture = floors.let_go();
            books.noted.stop();
            tenant.watch.note_floor(&books.noted);
            drop((floors, books));
            drop(picture);
        }
    }

    /// Looks at all that has changed on a floor. By who has the right to draw.
    fn look_at_floor(&mut self, tenant: &'e Tenant) {
        let mut looked = Looked::Partly;
        while looked == Looked::Partly {
            let mut books = self.floor(tenant);
            let FloorBooks { floor, noted, .. } = &mut *books;
            looked = tenant.watch.floors().look(floor, noted);
        }
    }

    fn draw_sheet(&mut self, tenant: &'e Tenant, no: SheetNo) -> Vec<Told> {
        let mono_ms = self.now.mono_ms;
        let wants = tenant.watch.floors().wants(no);
        match wants {
            Wants::Nothing => Vec::new(),
            Wants::Floor => {
                let visitors = tenant.present.whole();
                let visitors = (visitors.here, visitors.away);
                tenant.watch.floors().draw_floor(no, visitors, mono_ms)
            }
            Wants::Queues => {
                let books = self.floor(tenant);
                tenant.watch.floors().draw_queues(no, &books.floor, mono_ms)
            }
        }
    }
}

fn within(field: &'static str, count: usize, max: usize) -> Result<(), Refusal> {
    if count > max { Err(Refusal::TooMany { field, max }) } else { Ok(()) }
}

/// Departments that somebody names. Errors: [`Refusal::OutOfReach`], [`Refusal::UnknownDepartment`].
fn named(floor: &Floor, link: LinkId, departments: &[DepartmentId]) -> Result<Scope, Refusal> {
    let reach = floor.reach(link);
    for department in departments {
        if !reach.covers(department) {
            return Err(Refusal::OutOfReach(department.clone()));
        }
        if floor.policy().department(department).is_none() {
            return Err(Refusal::UnknownDepartment(department.clone()));
        }
    }
    Ok(only(departments))
}

fn only(departments: &[DepartmentId]) -> Scope {
    let mut departments = departments.to_vec();
    departments.sort_unstable();
    departments.dedup();
    Scope::Only(departments.into())
}
