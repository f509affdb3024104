CREATE TABLE `maps` (
	`unit` integer NOT NULL,
	`position` integer NOT NULL,
	`name` text NOT NULL,
	`values` blob NOT NULL,
	PRIMARY KEY(`unit`, `position`, `name`),
	FOREIGN KEY (`unit`) REFERENCES `units`(`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `units` ADD `agreement` text;