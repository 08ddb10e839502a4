use super::*;

fn field(id: &str, kind: FieldKind, required: Required) -> Field {
    Field { id: id.into(), label: "".into(), kind, required, bytes_max: 32 }
}

fn form() -> Form {
    let cities = FieldKind::Choice(vec!["上海".into(), "北京".into()]);
    Form {
        fields: vec![
            field("name", FieldKind::Text, Required::Yes),
            field("mail", FieldKind::Email, Required::No),
            field("phone", FieldKind::Phone, Required::No),
            field("age", FieldKind::Number, Required::No),
            field("city", cities, Required::No),
        ],
    }
}

fn answers(given: &[(&str, &str)]) -> Vec<Answer> {
    let answer =
        |(field, value): &(&str, &str)| Answer { field: (*field).into(), value: (*value).into() };
    given.iter().map(answer).collect()
}

fn fault(given: &[(&str, &str)]) -> FormFault {
    form().filled(answers(given)).unwrap_err()
}

#[test]
fn what_is_filled_in_comes_back_in_the_forms_order_without_what_is_empty() {
    let given = [("city", "北京"), ("mail", " "), ("name", "Ann"), ("age", "-3.5")];
    let filled = form().filled(answers(&given)).unwrap();
    assert_eq!(filled.to_vec(), answers(&[("name", "Ann"), ("age", "-3.5"), ("city", "北京")]));
    assert_eq!(Form::default().filled(Vec::new()), Ok(Box::default()));
}

#[test]
fn a_field_that_is_missing_or_of_another_kind_is_named() {
    assert_eq!(fault(&[("mail", "a@b.c")]), FormFault::Missing("name".into()));
    assert_eq!(fault(&[("name", " \n")]), FormFault::Missing("name".into()));
    assert_eq!(fault(&[("shoe", "43")]), FormFault::Unknown("shoe".into()));
    assert_eq!(fault(&[("name", "a"), ("name", "b")]), FormFault::Twice("name".into()));
    let long = "x".repeat(33);
    assert_eq!(
        fault(&[("name", &long)]),
        FormFault::TooLong { field: "name".into(), bytes_max: 32 }
    );
    for (id, bad) in [
        ("mail", "a@b"),
        ("mail", "a b@c.d"),
        ("mail", "a@b@c.d"),
        ("mail", "@c.d"),
        ("phone", "1234"),
        ("phone", "12345x"),
        ("phone", "1+23456"),
        ("age", "1."),
        ("age", "--1"),
        ("age", "1e3"),
        ("city", "上"),
    ] {
        let found = fault(&[("name", "Ann"), (id, bad)]);
        assert!(matches!(&found, FormFault::NotThat { field, .. } if **field == *id), "{bad}");
    }
    for (id, good) in [("mail", "a.b@c.co.uk"), ("phone", "+86 (21) 5555-0100"), ("age", "007")] {
        let given = answers(&[("name", "Ann"), (id, good)]);
        assert!(form().filled(given).is_ok(), "{good}");
    }
}

#[test]
fn a_form_that_holds_too_much_is_refused_at_its_place() {
    let mut faults = Vec::new();
    let mut bad = form();
    bad.fields[0].bytes_max = 0;
    bad.fields[1].bytes_max = FORM_BYTES_MAX as u16;
    bad.fields[2].id = "name".into();
    bad.fields[3].label = "x".repeat(LABEL_BYTES_MAX + 1).into();
    bad.fields[4].kind = FieldKind::Choice(Vec::new());
    check(&mut |path, _| faults.push(path), "form", &bad);
    let expected = [
        "form.fields[2]",
        "form.fields[0].bytes_max",
        "form.fields[3].label's bytes",
        "form.fields[4].choices",
        "form.fields",
    ];
    assert_eq!(faults, expected);
}
