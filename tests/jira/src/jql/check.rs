//! What is refused before anything is looked for: values that do not exist, operators that a field has not.

use super::{Context, Field, Operand, Query, Term, dates};

/// What exists for whoever asks.
pub(crate) trait Known {
    /// Whether there is an issue of that key, or of that id.
    fn issue(&self, operand: &Operand) -> bool;
    fn project(&self, operand: &Operand) -> bool;
    fn sprint(&self, operand: &Operand) -> bool;
    /// A status, type, priority or resolution.
    fn named(&self, field: Field, operand: &Operand) -> bool;
    /// Cloud's search finds nothing where an issue does not exist; Data Center refuses the query.
    fn lenient_about_issues(&self) -> bool;
}

pub(crate) fn check(query: &Query, known: &dyn Known, context: Context<'_>) -> Result<(), Vec<String>> {
    let terms = query.clause.iter().flat_map(|clause| clause.terms());
    let errors: Vec<String> = terms.flat_map(|term| errors(term, known, context)).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn errors(term: &Term, known: &dyn Known, context: Context<'_>) -> Vec<String> {
    let Term { field, named, op, operands } = term;
    if op.compares() && !field.compares() || matches!(field, Field::Summary | Field::Rank) {
        return vec![format!("The operator '{}' is not supported by the '{named}' field.", op.symbol())];
    }
    operands.iter().filter_map(|operand| error(term, operand, known, context)).collect()
}

fn error(term: &Term, operand: &Operand, known: &dyn Known, context: Context<'_>) -> Option<String> {
    const FUNCTIONS: [&str; 5] = ["now", "opensprints", "closedsprints", "futuresprints", "currentuser"];
    let named = &term.named;
    if let Operand::Function(name) = operand {
        let known = FUNCTIONS.contains(&name.to_lowercase().as_str());
        return (!known).then(|| format!("Unable to find JQL function '{name}()'."));
    }
    if *operand == Operand::Empty {
        let never = matches!(term.field, Field::Issue | Field::Project);
        return never.then(|| format!("The field '{named}' does not support searching for EMPTY values."));
    }
    let written = match operand {
        Operand::Number(number) => number.to_string(),
        Operand::Text(text) => text.clone(),
        Operand::Empty | Operand::Function(_) => String::new(),
    };
    let id = matches!(operand, Operand::Number(_));
    let none = || {
        let what = if id { "A value with ID" } else { "The value" };
        format!("{what} '{written}' does not exist for the field '{named}'.")
    };
    match term.field {
        field if field.date() => dates::instant(operand, context).is_none().then(|| {
            format!(
                "Date value '{written}' for field '{named}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', \
                 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
            )
        }),
        Field::Issue if known.lenient_about_issues() || known.issue(operand) => None,
        Field::Issue if id => Some(none()),
        Field::Issue => Some(format!("An issue with key '{written}' does not exist for field '{named}'.")),
        Field::Project => (!known.project(operand)).then(none),
        Field::Sprint => (!known.sprint(operand)).then(|| {
            let what = if id { "ID" } else { "name" };
            format!("Sprint with {what} '{written}' does not exist or you do not have permission to view it.")
        }),
        field @ (Field::Type | Field::Status | Field::StatusCategory | Field::Priority | Field::Resolution) => {
            (!known.named(field, operand)).then(none)
        }
        _ => None,
    }
}
