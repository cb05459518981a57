using System.CommandLine;
using System.Globalization;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Hosting;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket keys</c>: API keys of a data folder, whether or not its server runs.</summary>
internal static class Keys
{
    public static Command Command()
    {
        var command = new Command("keys", "Make, list and revoke API keys in a data folder; a running server notices at once");
        command.Add(Add());
        command.Add(List());
        command.Add(Revoke());
        return command;
    }

    private static Option<string> TenantOption() => new("--tenant") { Description = "Whose key", DefaultValueFactory = _ => "default" };

    private static Command Add()
    {
        var (data, tenant) = (Options.Data(), TenantOption());
        var name = new Argument<string>("name") { Description = "What it is for" };
        var scopes = new Option<string[]>("--scope") { Description = $"What it may do: {string.Join(", ", Scope.All)} (default: all but admin)", AllowMultipleArgumentsPerToken = true };
        var rate = new Option<int>("--rate-limit") { Description = "Requests a minute; 0: no limit", DefaultValueFactory = _ => ApiKey.DefaultRateLimit };
        var expires = new Option<string?>("--expires-in") { Description = "How long it may be used: 30d, 12h" };
        var command = new Command("add", "Make a key and show it once") { name, scopes, rate, expires, tenant, data };
        command.SetAction(async (parsed, cancellation) =>
        {
            var wanted = parsed.GetValue(scopes) is { Length: > 0 } given ? given : [.. Scope.Default];
            if (wanted.FirstOrDefault(scope => !Scope.All.Contains(scope)) is { } unknown)
            {
                throw new CommandException(ExitCode.Usage, $"There is no scope {unknown}. There are: {string.Join(", ", Scope.All)}.");
            }
            DateTimeOffset? expiry = null;
            if (parsed.GetValue(expires) is { } text)
            {
                expiry = Settings.TryDuration(text, out var life) ? TimeProvider.System.GetUtcNow() + life
                    : throw new CommandException(ExitCode.Usage, $"--expires-in must be a duration such as 30d or 12h; it is {text}.");
            }
            var (database, table) = await OpenAsync(parsed.GetValue(data), cancellation);
            var owner = await new TenantTable(database).FindOrAddAsync(parsed.GetValue(tenant)!, cancellation);
            var (key, secret) = await table.AddAsync(owner.Number, parsed.GetValue(name)!, wanted, parsed.GetValue(rate), expiry, null, cancellation);
            await Console.Error.WriteLineAsync($"Key {key.Id} for tenant {owner.Id}, shown this once:");
            await Console.Out.WriteLineAsync(secret);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List()
    {
        var (data, tenant) = (Options.Data(), TenantOption());
        var command = new Command("list", "List keys, never the keys themselves") { tenant, data };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (database, table) = await OpenAsync(parsed.GetValue(data), cancellation);
            var owner = await FindTenantAsync(database, parsed.GetValue(tenant)!, cancellation);
            var rows = (await table.ListAsync(owner.Number, cancellation)).Select(key => new[]
            {
                key.Id, key.Prefix + "…", key.Name, string.Join(' ', key.Scopes), key.RateLimit == 0 ? "none" : key.RateLimit.ToString(CultureInfo.InvariantCulture),
                key.RevokedAt is not null ? "revoked" : key.IsUsable(TimeProvider.System.GetUtcNow()) ? "active" : "expired",
            });
            Tables.Write(["id", "key", "name", "scopes", "per minute", "state"], rows);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Revoke()
    {
        var (data, tenant) = (Options.Data(), TenantOption());
        var id = new Argument<string>("id") { Description = "The key's id, from picket keys list" };
        var command = new Command("revoke", "End a key for good") { id, tenant, data };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (database, table) = await OpenAsync(parsed.GetValue(data), cancellation);
            var owner = await FindTenantAsync(database, parsed.GetValue(tenant)!, cancellation);
            if (!await table.RevokeAsync(owner.Number, parsed.GetValue(id)!, cancellation))
            {
                throw new CommandException(ExitCode.Failed, $"The tenant {owner.Id} has no active key {parsed.GetValue(id)}; picket keys list shows them.");
            }
            await Console.Out.WriteLineAsync("Revoked.");
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<Tenant> FindTenantAsync(SqliteDatabase database, string id, CancellationToken cancellation) =>
        await new TenantTable(database).FindAsync(id, cancellation) ?? throw new CommandException(ExitCode.Failed, $"There is no tenant {id}.");

    private static async Task<(SqliteDatabase, ApiKeyTable)> OpenAsync(string? data, CancellationToken cancellation)
    {
        var folder = Serve.LoadSettings(data, null).Text("data");
        Directory.CreateDirectory(folder);
        var database = new SqliteDatabase(Path.Combine(folder, "metastore.db"));
        await new Migrations(database).UpAsync(cancellation);
        return (database, new ApiKeyTable(database, TimeProvider.System));
    }
}
