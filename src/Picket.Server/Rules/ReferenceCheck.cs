using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;

namespace Picket.Server.Rules;

/// <summary>Whether what rules name is there: the rules that correlations are of, and lists. Thread-safe.</summary>
internal sealed class ReferenceCheck(RuleTable rules, ListTable lists, RuleTexts texts, DetectionOptions options)
{
    /// <summary>Those among documents that cannot be taken.</summary>
    /// <param name="documents">What is to be taken.</param>
    /// <param name="isAlone">Whether what the tenant has besides goes.</param>
    public async Task<IReadOnlyList<(RuleDocument Document, RuleFinding Finding)>> RefusedAsync(TenantId tenant, IReadOnlyList<RuleDocument> documents, bool isAlone, CancellationToken cancellation)
    {
        if (documents.All(document => document.Rule?.Correlation is null && document.Lists.Count == 0))
        {
            return [];
        }
        var taken = documents.Select(document => document.Id).ToHashSet(StringComparer.Ordinal);
        var others = RuleView.All(await rules.ListAsync(tenant, cancellation), texts, options).Where(view => view.Document?.Rule is not null && !taken.Contains(view.Id) && (view.IsBuiltIn || !isAlone));
        var references = new RuleReferences(documents.Where(document => document.Rule is not null).Select(document => document.Rule!).Concat(others.Select(view => view.Document!.Rule!)).Select((rule, place) => (rule, place)));
        var names = (await lists.NamesAsync(tenant, cancellation)).Select(list => list.Name).ToHashSet(StringComparer.Ordinal);
        var refused = new List<(RuleDocument, RuleFinding)>();
        foreach (var document in documents)
        {
            var reason = document.Lists.FirstOrDefault(name => !names.Contains(name)) is { } missing ? $"{missing} stands for a list that is not here; POST /v1/lists/{missing} makes it" : null;
            if (reason is null && document.Rule?.Correlation is not null)
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
