use super::super::form::{Field, FieldKind, Required};
use super::*;
use crate::id::{DepartmentId, DepartmentNo, SiteId, SiteNo, StyleId};
use crate::policy::{Draft, Policy, Style};

fn draft() -> Draft {
    let departments = ["sales", "support"].map(|id| DepartmentId::new(id).unwrap());
    Draft::new(vec![SiteId::new("www").unwrap()], departments.to_vec())
}

fn paths(draft: Draft) -> Vec<String> {
    Policy::new(draft).unwrap_err().into_iter().map(|fault| fault.path).collect()
}

fn form(id: &str) -> Form {
    let field = Field {
        id: id.into(),
        label: "".into(),
        kind: FieldKind::Text,
        required: Required::Yes,
        bytes_max: 64,
    };
    Form { fields: vec![field] }
}

#[test]
fn a_department_has_its_own_terms_or_the_tenants_and_a_style_says_some_words_instead() {
    let mut draft = draft();
    draft.terms.edit_ms = 1;
    draft.terms.words.greeting = "hello".into();
    draft.terms.words.farewell = "bye".into();
    draft.terms.form = form("name");
    draft.departments[1].terms = Some(Box::new(Terms { edit_ms: 2, ..Terms::default() }));
    let mut style = Style::new(StyleId::new("plain").unwrap(), draft.departments[0].id.clone());
    style.automatic_words.greeting = "您好".into();
    style.form = Some(form("phone"));
    let plain = Policy::new(draft.clone()).unwrap();
    draft.styles.push(style);
    let styled = Policy::new(draft).unwrap();

    let sales = plain.session_terms(DepartmentNo(0), SiteNo(0));
    let support = plain.session_terms(DepartmentNo(1), SiteNo(0));
    assert_eq!((sales.edit_ms, support.edit_ms), (1, 2));
    assert_eq!(sales.words(Automatic::Greeting).as_deref(), Some("hello".as_bytes()));
    assert_eq!((support.words(Automatic::Greeting), sales.words(Automatic::AllBusy)), (None, None));
    assert_eq!((&**sales.form(), &**support.form()), (&form("name"), &Form::default()));

    let sales = styled.session_terms(DepartmentNo(0), SiteNo(0));
    let support = styled.session_terms(DepartmentNo(1), SiteNo(0));
    for terms in [&sales, &support] {
        assert_eq!(terms.words(Automatic::Greeting).as_deref(), Some("您好".as_bytes()));
        assert_eq!(**terms.form(), form("phone"));
    }
    assert_eq!(sales.words(Automatic::Farewell).as_deref(), Some("bye".as_bytes()));
    assert_eq!(support.words(Automatic::Farewell), None);
}

#[test]
fn terms_that_contradict_themselves_are_refused_at_their_places() {
    let mut bad = draft();
    bad.terms.idle_warning_ms = bad.terms.idle_close_ms;
    bad.terms.service.warn_before_ms = bad.terms.service.first_reply_ms;
    bad.terms.rating.score_max = 0;
    bad.terms.rating.tags = vec!["quick".into(), "".into()];
    bad.terms.topics = vec!["beds".into(), "beds".into()];
    bad.terms.words.idle_warning = "x".repeat(AUTOMATIC_BYTES_MAX + 1).into();
    bad.terms.transfers_max = TRANSFERS_MAX + 1;
    bad.terms.form = form("");
    let own = Terms { idle_close_ms: 0, ..Terms::default() };
    bad.departments[1].terms = Some(Box::new(own));
    let mut style = Style::new(StyleId::new("plain").unwrap(), bad.departments[0].id.clone());
    style.automatic_words.all_busy = "x".repeat(AUTOMATIC_BYTES_MAX + 1).into();
    style.form = Some(Form { fields: vec![form("a").fields.remove(0); form::FIELDS_MAX + 1] });
    bad.styles.push(style);
    let mut found = paths(bad);
    found.sort_unstable();
    let mut expected = [
        "terms.idle_warning_ms",
        "terms.service.warn_before_ms",
        "terms.rating.score_max",
        "terms.rating.tags[1]'s bytes",
        "terms.topics[1]",
        "terms.words.idle_warning's bytes",
        "terms.transfers_max",
        "terms.form.fields[0].id's bytes",
        "departments[1].terms.idle_warning_ms",
        "styles[0].automatic_words.all_busy's bytes",
        "styles[0].form.fields",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn nothing_is_closed_or_warned_of_where_the_times_are_0() {
    let mut never = draft();
    let service = ServiceLevel { first_reply_ms: 0, reply_ms: 0, warn_before_ms: 0 };
    never.terms =
        Terms { idle_warning_ms: 0, idle_close_ms: 0, service, edit_ms: 0, ..Terms::default() };
    assert!(Policy::new(never).is_ok());
}

#[test]
fn colleagues_are_all_if_none_is_named_and_always_ones_own_department() {
    let mut some = draft();
    some.departments.push(crate::policy::Department::new(DepartmentId::new("boss").unwrap()));
    some.departments[0].colleagues = vec![DepartmentId::new("support").unwrap()];
    some.departments[1].colleagues = vec![DepartmentId::new("support").unwrap()];
    let policy = Policy::new(some.clone()).unwrap();
    let reaches = |from, to| policy.department_at(DepartmentNo(from)).reaches(DepartmentNo(to));
    assert!(reaches(0, 0) && reaches(0, 1) && !reaches(0, 2));
    assert!(!reaches(1, 0) && reaches(1, 1) && !reaches(1, 2));
    assert!(reaches(2, 0) && reaches(2, 1) && reaches(2, 2));

    some.departments[0].colleagues = vec![DepartmentId::new("moon").unwrap()];
    assert_eq!(paths(some), ["departments[0].colleagues[0]"]);
}
