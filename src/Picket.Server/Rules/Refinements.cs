using System.Security.Cryptography;
using System.Text;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;
using Picket.Query;

namespace Picket.Server.Rules;

/// <summary>What tenants say of rules besides: exceptions, and the lists that rules name; as they are at a moment. Immutable, thread-safe.</summary>
internal sealed class Refinements
{
    private readonly ILookup<(TenantId Tenant, string Rule), StoredException> exceptions;
    private readonly IReadOnlyDictionary<(TenantId Tenant, string Name), IReadOnlyList<ListValue>> lists;

    private Refinements(IReadOnlyList<StoredException> exceptions, IReadOnlyDictionary<(TenantId, string), IReadOnlyList<ListValue>> lists)
    {
        (this.exceptions, this.lists) = (exceptions.ToLookup(one => (one.Tenant, one.Rule)), lists);
        Tenants = [.. exceptions.Select(one => one.Tenant).Distinct()];
        ExpireAt = exceptions.Select(one => one.ExpiresAt).Concat(lists.Values.SelectMany(values => values.Select(value => value.ExpiresAt))).Min();
    }

    /// <summary>Those who have exceptions.</summary>
    public IReadOnlyList<TenantId> Tenants { get; }

    /// <summary>When the first of them will mean nothing any more; ns since 1970, null for never.</summary>
    public long? ExpireAt { get; }

    public static async Task<Refinements> LoadAsync(ExceptionTable exceptions, ListTable lists, long now, CancellationToken cancellation) =>
        new(await exceptions.AllAsync(now, cancellation), await lists.AllAsync(null, cancellation));

    /// <summary>The rules among a tenant's documents, with the filters among these, the tenant's lists and its exceptions applied.</summary>
    /// <param name="texts">Reads again what names lists.</param>
    /// <param name="broken">Told of the rules that cannot be run, and why.</param>
    public IReadOnlyList<AppliedRule> Apply(TenantId tenant, IReadOnlyList<RuleDocument> documents, RuleTexts texts, Action<string, string> broken)
    {
        var listed = documents.Select(document => Listed(tenant, document, texts, broken)).OfType<RuleDocument>().ToArray();
        var filters = new Lazy<string>(() => Digest(listed.Where(document => document.Rule is null).Select(document => document.Text)));
        var applied = new List<AppliedRule>();
        foreach (var (document, filtered) in RuleFiles.Apply(listed))
        {
            var with = ReferenceEquals(document.Rule, filtered) ? "" : filters.Value;
            if (document.Lists.Count > 0)
            {
                with += Digest(document.Lists.SelectMany(name => lists[(tenant, name)].Select(value => value.Text).Prepend(name)));
            }
            var mine = exceptions[(tenant, filtered.Id)].ToArray();
            var except = new List<Filter>();
            foreach (var exception in mine)
            {
                try
                {
                    except.Add(Exceptions.Read(exception.Filter, name => ValuesOf(tenant, name)));
                }
                catch (FormatException error)
                {
                    broken(filtered.Id, $"its exception {exception.Id} cannot be used: {error.Message}");
                }
            }
            if (except.Count == mine.Length)
            {
                applied.Add(new AppliedRule(document, Exceptions.Apply(filtered, except), with + (mine.Length > 0 ? Digest(except.Select(one => one.ToString())) : "")));
            }
        }
        return applied;
    }

    private RuleDocument? Listed(TenantId tenant, RuleDocument document, RuleTexts texts, Action<string, string> broken)
    {
        if (document.Lists.Count == 0)
        {
            return document;
        }
        var read = texts.ReadNew([(document.File, document.Text)], name => ValuesOf(tenant, name));
        if (read.Documents is [var one])
        {
            return one;
        }
        broken(document.Id, read.Refused.Select(refused => refused.Reason).FirstOrDefault() ?? "its lists cannot be read");
        return null;
    }

    private string[]? ValuesOf(TenantId tenant, string name) => lists.TryGetValue((tenant, name), out var values) ? [.. values.Select(value => value.Text)] : null;

    private static string Digest(IEnumerable<string> texts) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', texts))));
}
