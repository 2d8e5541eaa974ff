//! Reading queries; what they find is tested over HTTP.

use super::{Clause, Field, Op, Operand, parse};

fn terms(text: &str) -> Vec<(Field, Op, Vec<Operand>)> {
    let query = parse(text).unwrap();
    let terms = query.clause.iter().flat_map(Clause::terms);
    terms.map(|term| (term.field, term.op, term.operands.clone())).collect()
}

#[test]
fn reads_operators_lists_and_negations() {
    let text = |text: &str| Operand::Text(text.to_owned());
    assert_eq!(
        terms("project in (ACME, 'HARB')"),
        [(Field::Project, Op::Is, vec![text("ACME"), text("HARB")])]
    );
    assert_eq!(terms("Sprint not in (96)"), [(Field::Sprint, Op::IsNot, vec![Operand::Number(96)])]);
    assert_eq!(terms("sprint IS NOT EMPTY"), [(Field::Sprint, Op::IsNot, vec![Operand::Empty])]);
    assert_eq!(terms("not (updated >= -5m)"), [(Field::Updated, Op::Less, vec![text("-5m")])]);
    assert_eq!(
        terms("sprint in openSprints()"),
        [(Field::Sprint, Op::Is, vec![Operand::Function("openSprints".to_owned())])]
    );
    assert_eq!(terms("!status=3 && type = Bug").len(), 2);
    assert!(parse("order by created").unwrap().clause.is_none() && parse("").unwrap().clause.is_none());
    assert_eq!(parse("project = A ORDER BY updated DESC, id").unwrap().order.len(), 2);
}

#[test]
fn says_where_it_cannot_read_on() {
    for (wrong, said) in [
        ("project = 'ACME", "The quoted string 'ACME' has not been completed. (line 1, character 11)"),
        ("project", "Expecting operator before the end of the query."),
        ("project = A B", "Expecting either 'OR' or 'AND' but got 'B'. (line 1, character 13)"),
        ("nothing = 1", "Field 'nothing' does not exist or you do not have permission to view it."),
        ("(project = A", "Expecting ')' before the end of the query."),
    ] {
        let error = parse(wrong).unwrap_err();
        assert!(error.contains(said), "{wrong}: {error}");
    }
}
