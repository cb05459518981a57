using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;

namespace Picket.Server.Rules;

/// <summary>Whether the rules that correlations are of are there. Thread-safe.</summary>
internal sealed class CorrelationCheck(RuleTable rules, RuleTexts texts, DetectionOptions options)
{
    /// <summary>The correlations among documents that cannot be taken.</summary>
    /// <param name="documents">What is to be taken.</param>
    /// <param name="isAlone">Whether what the tenant has besides goes.</param>
    public async Task<IReadOnlyList<(RuleDocument Document, RuleFinding Finding)>> RefusedAsync(TenantId tenant, IReadOnlyList<RuleDocument> documents, bool isAlone, CancellationToken cancellation)
    {
        if (documents.All(document => document.Rule?.Correlation is null))
        {
            return [];
        }
        var taken = documents.Select(document => document.Id).ToHashSet(StringComparer.Ordinal);
        var others = RuleView.All(await rules.ListAsync(tenant, cancellation), texts, options).Where(view => view.Document?.Rule is not null && !taken.Contains(view.Id) && (view.IsBuiltIn || !isAlone));
        var references = new RuleReferences(documents.Where(document => document.Rule is not null).Select(document => document.Rule!).Concat(others.Select(view => view.Document!.Rule!)).Select((rule, place) => (rule, place)));
        var refused = new List<(RuleDocument, RuleFinding)>();
        foreach (var document in documents)
        {
            var reason = (string?)null;
            if (document.Rule?.Correlation is not null)
            {
                references.Resolve(document.Rule, out reason, out _);
            }
            if (reason is not null)
            {
                refused.Add((document, new RuleFinding(document.File, document.Line, 1, reason)));
            }
        }
        return refused;
    }
}
