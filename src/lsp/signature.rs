//! The parameters of the call that is being written.

use lsp_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp, SignatureInformation,
};

use super::before::Before;
use super::complete;
use super::hover;
use super::names;
use super::session::Spot;
use super::text::number;

pub(super) fn help(spot: Spot<'_>) -> Option<SignatureHelp> {
    let before = Before::new(spot.unit.text(spot.file), spot.offset as usize);
    let call = before.call()?;
    let task = complete::task(spot.unit, spot.unit.module(spot.file)?, &call.callee)?;
    let item = names::item_at(spot.unit, task.span.file, task.span.start);
    let label = hover::written(spot.unit, task, item);
    let parameters = spot.unit.known.parameters(task);
    let active = match call.name {
        Some(name) => parameters.iter().position(|(param, _)| param.name.text == name),
        None => Some(call.position).filter(|at| *at < parameters.len()),
    };
    let parameter = |(param, _): &(&crate::syntax::ast::Param, String)| {
        let end = param.default.as_ref().map_or(param.ty.span, |default| default.span);
        let written = spot.unit.slice(param.name.span.to(end));
        ParameterInformation { label: ParameterLabel::Simple(written.to_owned()), documentation: None }
    };
    let doc = item.map(|item| item.doc.to_string()).filter(|doc| !doc.is_empty());
    Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            label,
            documentation: doc
                .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })),
            parameters: Some(parameters.iter().map(parameter).collect()),
            active_parameter: active.map(number),
        }],
        active_signature: Some(0),
        active_parameter: active.map(number),
    })
}
