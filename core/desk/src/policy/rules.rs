//! A department with what its document refers to resolved.

use std::ops::Deref;
use std::sync::Arc;

use super::Policy;
use super::department::{self, Department};
use super::hours::{Hours, Opening};
use super::skills::SkillSet;
use super::terms::{Terms, TermsRules};
use crate::id::{DepartmentId, DepartmentNo};

/// A department with what its document refers to resolved.
#[derive(Clone, Debug)]
pub struct DepartmentRules {
    /// The document's part.
    pub is: Department,
    /// Retired after a policy without it has taken this one's place.
    pub existence: Existence,
    /// When it is open; always without.
    pub hours: Option<Arc<Hours>>,
    /// Skills that are no longer needed from so many milliseconds on, in order of time.
    pub waived: Vec<(u64, SkillSet)>,
    /// Departments that receive too from so many milliseconds on, in order of time.
    pub overflow: Vec<(u64, DepartmentNo)>,
    /// Whether everybody who asks for it is received by all of its agents from the first moment on.
    pub plain: bool,
    /// The terms of its sessions.
    pub terms: Arc<TermsRules>,
    /// See [`DepartmentRules::reaches`]; in order.
    colleagues: Vec<DepartmentNo>,
    no: DepartmentNo,
}

impl DepartmentRules {
    /// Whether it is open, and until when that holds; `None` if it always is.
    pub fn opening(&self, wall_ms: u64) -> Option<Opening> {
        self.hours.as_ref().map(|hours| hours.at(wall_ms))
    }

    /// Whether its agents may transfer to another department, invite from it and talk with it. To their own always.
    pub fn reaches(&self, other: DepartmentNo) -> bool {
        let named = &self.colleagues;
        other == self.no || named.is_empty() || named.binary_search(&other).is_ok()
    }

    /// Whether that holds for all departments, those to come too.
    pub fn reaches_all(&self) -> bool {
        self.colleagues.is_empty()
    }
}

/// Whether what a number stands for is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It stands in the document.
    Present,
    /// It stood in an earlier one.
    Retired,
}

impl Policy {
    pub(super) fn department_rules_of(&self, department: &Department) -> DepartmentRules {
        let mut waived: Vec<_> = department
            .rings
            .iter()
            .map(|ring| {
                let all = SkillSet(u64::MAX);
                let named = self.skill_set(&ring.waives).unwrap_or_default();
                (ring.after_ms, if ring.waives.is_empty() { all } else { named })
            })
            .collect();
        waived.sort_by_key(|(after_ms, _)| *after_ms);
        let mut overflow: Vec<_> = department
            .overflow
            .iter()
            .filter_map(|overflow| Some((overflow.after_ms, self.department(&overflow.to)?)))
            .collect();
        overflow.sort();
        let plain = department.tiers.is_empty()
            && overflow.is_empty()
            && department.schedule.is_none()
            && department.join == department::Join::Always;
        let is = department.clone();
        let schedule = department
            .schedule
            .as_ref()
            .and_then(|id| self.draft.schedules.iter().find(|schedule| schedule.id == *id));
        // Checked with the draft.
        let hours = schedule.and_then(|schedule| Hours::new(schedule).ok()).map(Arc::new);
        let existence = Existence::Present;
        let named = department.colleagues.iter();
        let mut colleagues: Vec<_> = named.filter_map(|id| self.department(id)).collect();
        colleagues.sort_unstable();
        let terms = match &department.terms {
            Some(own) => Arc::new(TermsRules::new(Terms::clone(own), self.terms.masks.clone())),
            None => self.terms.clone(),
        };
        let no = self.department(&department.id).unwrap_or(DepartmentNo(0));
        DepartmentRules { no, is, existence, hours, waived, overflow, plain, colleagues, terms }
    }
}

impl Deref for DepartmentRules {
    type Target = Department;

    fn deref(&self) -> &Department {
        &self.is
    }
}

/// What is left of a department that the document no longer has.
pub(super) fn retired(
    before: Option<&Policy>,
    no: usize,
    id: &DepartmentId,
    terms: &Arc<TermsRules>,
) -> DepartmentRules {
    let earlier = before.and_then(|policy| policy.department_rules.get(no));
    let is = earlier.map_or_else(|| Department::new(id.clone()), |rules| rules.is.clone());
    DepartmentRules {
        is: Department { schedule: None, ..is },
        existence: Existence::Retired,
        hours: None,
        waived: Vec::new(),
        overflow: Vec::new(),
        plain: true,
        // Its sessions go on by the terms that it had.
        terms: earlier.map_or_else(|| terms.clone(), |rules| rules.terms.clone()),
        colleagues: vec![DepartmentNo(no as u16)],
        no: DepartmentNo(no as u16),
    }
}
