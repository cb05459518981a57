using System.Data.Common;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Picket.Metastore;

/// <summary>
/// The metastore's database on SQLite: one file, write-ahead log, one connection an operation (pooled). The system's own library serves where there
/// is one, because it gets security fixes; else the one bundled. Thread-safe.
/// </summary>
public sealed class SqliteDatabase
{
    private const string SystemLibrary = "libsqlite3.so.0";
    private static readonly Lock Once = new();
    private static bool initialised;
    private readonly string connectionString;

    public SqliteDatabase(string path)
    {
        lock (Once)
        {
            if (!initialised)
            {
                NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, ResolveLibrary);
                SQLitePCL.Batteries_V2.Init();
                initialised = true;
            }
        }
        connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 10, Pooling = true }.ToString();
    }

    /// <summary>Which library answers: its version, and whether it is the system's.</summary>
    public static string Library => $"SQLite {SQLitePCL.raw.sqlite3_libversion().utf8_to_string()} ({(IsSystemLibrary ? "the system's" : "bundled")})";

    private static bool IsSystemLibrary { get; set; }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancellation);
        var pragmas = connection.CreateCommand();
        await using (pragmas)
        {
            pragmas.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;";
            await pragmas.ExecuteNonQueryAsync(cancellation);
        }
        return connection;
    }

    private static nint ResolveLibrary(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name == "e_sqlite3" && NativeLibrary.TryLoad(SystemLibrary, out var handle))
        {
            IsSystemLibrary = true;
            return handle;
        }
        return 0;
    }
}
